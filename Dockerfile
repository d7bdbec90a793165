# One image for each binary, amd64 and arm64: docker build --build-arg SERVICE=gateway .
FROM rust:1.95-slim-trixie AS rust
WORKDIR /src

# The manifests and a stub for each target: all that the layer of dependencies depends on.
FROM rust AS manifests
COPY . .
RUN find . -type f ! -name Cargo.toml ! -name Cargo.lock \
      ! -path '*/src/lib.rs' ! -path '*/src/main.rs' ! -path '*/tests/*.rs' -delete \
 && find . -type f -name '*.rs' -exec sh -c 'for stub; do echo "fn main() { }" >"$stub"; done' sh {} +

FROM rust AS build
COPY --from=manifests /src .
ENV PACKAGES="-p gateway -p phonebook -p image-resize -p notifier -p standalone -p xtask"
RUN cargo build --release --locked --bins $PACKAGES
COPY . .
# Sources are older than the stubs that were built in their place.
RUN find . -type f -name '*.rs' -not -path './target/*' -exec touch {} + \
 && cargo build --release --locked --bins $PACKAGES \
 && mkdir -p /out/data \
 && for binary in switchboard gateway phonebook image-resize notifier; do \
      mkdir -p "/out/$binary/usr/local/bin" "/out/$binary/usr/share/sbom" \
      && cp "target/release/$binary" "/out/$binary/usr/local/bin/service" \
      && target/release/xtask sbom "$binary" >"/out/$binary/usr/share/sbom/switchboard-$binary.cdx.json" \
      || exit 1; \
    done

FROM gcr.io/distroless/cc-debian13:nonroot
ARG SERVICE=switchboard
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="switchboard-${SERVICE}" \
      org.opencontainers.image.description="Switchboard's ${SERVICE}: contacts, images and notifications behind one API" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /out/${SERVICE} /
COPY --from=build --chown=65532:65532 /out/data /data
ENV SWITCHBOARD__DATA_DIR=/data \
    SWITCHBOARD__ADMIN__LISTEN=0.0.0.0:9000 \
    SWITCHBOARD__GATEWAY__LISTEN=0.0.0.0:8080 \
    MIMALLOC_ALLOW_THP=0
USER 65532:65532
VOLUME /data
EXPOSE 8080 9000
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=5 CMD ["/usr/local/bin/service", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/service"]
CMD ["serve"]
