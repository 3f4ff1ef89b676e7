# A small image with the program pygmy, which does not run as root. The classic builder can build it, too.
#
#   docker build -t pygmy .
#   docker run --rm pygmy --help
#   docker run --rm --entrypoint cat pygmy /usr/share/doc/pygmy/packages.txt
#
# A member of etcd for the profile `cluster` of compose.yaml, from Debian's package, with the user of the other image.
FROM debian:bookworm-slim AS etcd
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends etcd-server etcd-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin pygmy \
    && install -d -o pygmy -g pygmy /data \
    && install -d /usr/share/doc/pygmy \
    && dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' > /usr/share/doc/pygmy/packages.txt
USER pygmy
VOLUME /data
# The variables ETCDCTL_* name the member and its certificate.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["etcdctl", "endpoint", "health"]
ENTRYPOINT ["etcd"]

FROM debian:bookworm-slim AS build
WORKDIR /src
# Installs the packages for the build, from the list in ./dev. They are a layer of their own, so that a change of the code
# does not install them again.
COPY dev ./
RUN ./dev setup build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN ./dev web && ./dev build release --target pygmy \
    && install -D --strip build/release/pygmy /out/usr/bin/pygmy \
    && install -D -m 644 -t /out/usr/share/pygmy samples/*.csv \
    && install -D -t /out/usr/lib/pygmy deploy/compose/* \
    && install -d /out/usr/share/doc/pygmy \
    && dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' > /out/usr/share/doc/pygmy/build-packages.txt

FROM debian:bookworm-slim
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
       libzmq5 libsqlite3-0 libspdlog1.10 libfmt9 libtomlplusplus3 libssl3 libgrpc++1.51 libicu72 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin pygmy \
    && install -d -o pygmy -g pygmy /data
COPY --from=build /out/ /
# The packages of this image, and (build-packages.txt) those with whose headers the program was compiled. If a library is
# missing, the build fails here, not the first start.
RUN dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' > /usr/share/doc/pygmy/packages.txt && pygmy --version
USER pygmy
VOLUME /data
STOPSIGNAL SIGTERM
# `pygmy health` asks the process that listens at PYGMY_LISTEN.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["pygmy", "health"]
ENTRYPOINT ["pygmy"]
CMD ["--help"]
LABEL org.opencontainers.image.title="pygmy" \
      org.opencontainers.image.description="The back end of a shop that never oversells: catalogue, stock and orders, replicated" \
      org.opencontainers.image.licenses="MIT"
