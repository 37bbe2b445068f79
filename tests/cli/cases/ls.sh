oat ls
oat -n 1 ls
oat ls --count=1 --status interrupted
oat ls --status running
oat ls --csv
oat ls --csv --raw -n1 -s ok
oat ls --json -n 1
