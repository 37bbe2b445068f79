oat verify --deep | sed 's/, [0-9.]* kB//'
spans=$(echo .oat/hot/*.spans)
printf 'x' | dd of="$spans" bs=1 seek=4300 conv=notrunc status=none
oat verify | sed 's/, [0-9.]* kB//'
oat verify --json
oat ls
truncate -s 100 "$spans"
oat verify | sed 's/, [0-9.]* kB//'
