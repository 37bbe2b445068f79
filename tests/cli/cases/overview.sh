oat
oat --dir nowhere
mkdir empty && cp .oat/STORE empty/
oat --dir empty
