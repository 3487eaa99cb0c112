# Lanewise with a Java runtime of its own and the default model:
#
#   docker build -t lanewise .
#   docker run --rm -p 8080:8080 lanewise
#
# docs/deployment.md says with which flags it should run. No code is native to a machine, so the same file builds for
# amd64 and arm64.

ARG BUILD_IMAGE=docker.io/library/maven:3.9-eclipse-temurin-25
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN mvn --batch-mode --no-transfer-progress -pl server -am -Dmaven.test.skip=true -Dspotless.check.skip=true package

# Only the modules that are used. java.desktop is not among them: what it takes is more than all the others, and charts
# are drawn outside of a server's container.
RUN jlink --output /opt/lanewise/java \
      --add-modules java.base,java.logging,java.management,java.naming,java.net.http,java.xml,jdk.crypto.ec,jdk.incubator.vector,jdk.management,jdk.unsupported \
      --strip-java-debug-attributes --ignore-modified-runtime --no-header-files --no-man-pages --compress zip-6 \
 && mkdir /opt/lanewise/lib \
 && cp server/target/lanewise.jar server/target/lib/*.jar /opt/lanewise/lib/ \
 && cp -r models /opt/lanewise/models \
 && cp LICENSE /opt/lanewise/ \
 && install -D docker/lanewise /opt/lanewise/bin/lanewise

FROM ${BASE_IMAGE}
COPY --from=build /opt/lanewise /opt/lanewise

# Packed weights are for a next start, which does not see this file system: LANEWISE_PACK_CACHE may name a volume.
ENV PATH=/opt/lanewise/bin:$PATH \
    LANEWISE_HOST=0.0.0.0 \
    LANEWISE_PORT=8080 \
    LANEWISE_NO_PACK_CACHE=true
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/lanewise/bin/lanewise"]
CMD ["serve"]
