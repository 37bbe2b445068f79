oat show 4bf92f35
oat show --payloads 4BF92F35-7700-0000-0000-000000000001
oat show 4bf92f36
oat show 4bf92f3
oat show 4bf92f37
oat show
oat show a b
