oat export --payloads
oat export --format xml
