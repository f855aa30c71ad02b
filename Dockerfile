# The bot alone (`smsops run`). Mount app.yaml as /app/app.yaml with data_dir: /data and
# server.host: 0.0.0.0, a volume as /data, and pass the secrets as SMSOPS_… or SMSOPS_…_FILE. Run it
# with --stop-timeout 45: sends under way are let end (docs/GUIDE.md, chapter 9).
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/smsops
COPY requirements.lock /src/
RUN /opt/smsops/bin/pip install --require-hashes --only-binary :all: -r /src/requirements.lock
COPY . /src
RUN /opt/smsops/bin/pip install --no-deps --no-build-isolation /src

FROM python:3.13-slim
ENV PATH=/opt/smsops/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Chinese in the pictures of summaries.
RUN apt-get update -qq \
 && apt-get install -qq --yes --no-install-recommends fonts-wqy-microhei \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin smsops \
 && install -d -o smsops -g smsops -m 700 /data
COPY --from=build /opt/smsops /opt/smsops
USER smsops
WORKDIR /app
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/healthz', timeout=4)"]
ENTRYPOINT ["smsops"]
CMD ["run"]
