# Sets JAVA_HOME to a JDK of version 25 or later: the one it names already, the one on the PATH, or one in the usual
# places of Linux and macOS. Sourced by ./build and ./lanewise.

jdk_version() { # the feature version of the JDK in folder $1, or 0 where there is none
  [ -x "$1/bin/javac" ] || { echo 0; return; }
  local version
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null)
  echo "${version:-0}"
}

find_jdk() {
  local wanted=25 candidate on_path
  on_path=$(command -v javac || true)
  [ -z "$on_path" ] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path" 2>/dev/null || echo "$on_path")")")
  for candidate in "${JAVA_HOME:-}" "$on_path" \
    /usr/lib/jvm/*25* /opt/java/* /opt/jdk* /opt/*25* \
    "$HOME"/.sdkman/candidates/java/25* "$HOME"/.jdks/*25* \
    /Library/Java/JavaVirtualMachines/*25*/Contents/Home \
    /opt/homebrew/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home \
    /usr/lib/jvm/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$candidate" ] && [ "$(jdk_version "$candidate")" -ge "$wanted" ]; then
      export JAVA_HOME="$candidate" PATH="$candidate/bin:$PATH"
      return
    fi
  done
  cat >&2 <<MESSAGE
Lanewise needs a JDK $wanted or later, and none was found in JAVA_HOME, on the PATH or in the usual places.
Install one, for example Eclipse Temurin $wanted from https://adoptium.net (apt install temurin-$wanted-jdk,
brew install --cask temurin@$wanted, sdk install java $wanted-tem), or set JAVA_HOME to where it is.
MESSAGE
  exit 1
}
