# Asks the server at URL whether it is ready, and for one answer. KEYS names a file with API keys; it may be missing.
set -eu

set -- --fail --silent --show-error --max-time 300
if [ -f "$KEYS" ]; then
  set -- "$@" --oauth2-bearer "$(grep -v -e '^#' -e '^[[:space:]]*$' "$KEYS" | head -n 1)"
fi
case $URL in
  # The certificate is for the name that clients use, which is not the Service's.
  https:*) set -- "$@" --insecure ;;
esac

curl "$@" "$URL/health/ready"
echo
model=$(curl "$@" "$URL/v1/models" | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p')
answer=$(curl "$@" "$URL/v1/chat/completions" \
  --json "{\"model\":\"$model\",\"max_tokens\":8,\"messages\":[{\"role\":\"user\",\"content\":\"Say hello.\"}]}")
echo "$answer"
case $answer in
  *'"completion_tokens"'*) ;;
  *)
    echo "that is no answer" >&2
    exit 1
    ;;
esac
