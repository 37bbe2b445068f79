oat --version
oat --help
oat ls --help
oat shwo
oat frobnicate
oat ls --stats ok
oat ls --status fine
oat ls -n many
oat ls -n
oat --jsn
oat --dir
oat verify extra
