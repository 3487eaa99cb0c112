# Downloads files into the folder DIR and checks their SHA-256. Arguments: url, sum and name of each file. A file that
# has its sum already is kept, a download that was interrupted goes on where it was, and a wrong sum ends in an error.
set -eu

has_sum() { # file, sum
  [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$2" ]
}

fetch() { # url, sum, name
  # Named by the sum, so that a download never goes on with a part of another file.
  part="$DIR/$3.$2.part"
  if has_sum "$DIR/$3" "$2"; then
    echo "$3 is there"
    return
  fi
  rm -f "$DIR/$3"
  if ! has_sum "$part" "$2"; then
    echo "downloading $3"
    failure=0
    status=$(curl --fail --location --silent --show-error --retry 5 --continue-at - \
      ${TOKEN:+--oauth2-bearer "$TOKEN"} --output "$part" --write-out '%{response_code}' "$1") || failure=$?
    if [ "$failure" != 0 ]; then
      # The server cannot go on from there (33), or has less than is there (416): the next try begins anew.
      if [ "$failure" = 33 ] || [ "$status" = 416 ]; then rm -f "$part"; fi
      echo "downloading $3 failed" >&2
      exit 1
    fi
    if ! has_sum "$part" "$2"; then
      echo "$3: its SHA-256 is $(sha256sum <"$part" | cut -d ' ' -f 1), not $2 of model.download.files" >&2
      rm -f "$part"
      exit 1
    fi
  fi
  mv "$part" "$DIR/$3"
  echo "$3 is complete"
}

mkdir -p "$DIR"
while [ $# -gt 0 ]; do
  fetch "$1" "$2" "$3"
  shift 3
done
