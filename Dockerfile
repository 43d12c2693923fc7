FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 STATIC_ROOT=/srv/static MEDIA_ROOT=/srv/media
RUN useradd --system --uid 10001 --create-home tally && install -d -o tally -g tally /srv/static /srv/media
WORKDIR /tally
COPY requirements.txt .
RUN pip install --require-hashes --no-deps -r requirements.txt
COPY . .
USER tally
RUN SECRET_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(60))") python manage.py collectstatic --noinput
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", "marketplace.wsgi:application"]
