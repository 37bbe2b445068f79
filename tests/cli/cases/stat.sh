oat stat --json | sed 's/"bytes_per_span":[0-9.]*/"bytes_per_span":N/; s/"\(stored_payload\|span\)_bytes":[0-9]*/"\1_bytes":N/g'
