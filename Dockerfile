# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/alarmd
WORKDIR /src
COPY requirements.lock ./
RUN /opt/alarmd/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml hatch_build.py README.md LICENSE NOTICE ./
COPY alarmd alarmd
COPY simulators simulators
COPY migrations migrations
COPY schemas schemas
RUN /opt/alarmd/bin/pip install --no-deps .

FROM python:3.13-slim
# The root file system may be read-only: nothing is written but standard output and standard error.
ENV PATH=/opt/alarmd/bin:$PATH PYTHONDONTWRITEBYTECODE=1 ALARMD_HTTP_HOST=0.0.0.0 ALARMD_LOG_FORMAT=json
COPY --from=build /opt/alarmd /opt/alarmd
USER 65532:65532
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('ALARMD_HTTP_PORT', '8000') + '/readyz', timeout=2)"]
ENTRYPOINT ["alarmd"]
CMD ["serve"]
