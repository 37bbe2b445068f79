oat tail --all -n 5
oat tail --json --all -n 1
