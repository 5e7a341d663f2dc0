#include "config.h"

#include "ctl/smtp.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"

#define CONNECT_TIMEOUT_S 10L
#define TIMEOUT_S 120L
#define PASSWORD_MAX 4096

struct smtp {
	CURL *curl;
	char reply[512];
	struct slice left; /* of the message being sent */
};

static size_t
on_reply(char *data, size_t size, size_t n, void *ctx)
{
	struct smtp *s = ctx;
	struct slice line = slice_trim((struct slice){data, size * n});

	/* What answers our QUIT says nothing about what went before. */
	if (line.len < 3 || memcmp(line.data, "221", 3) != 0)
		(void)snprintf(s->reply, sizeof(s->reply), "%.*s",
		    (int)line.len, line.data);
	return size * n;
}

static size_t
on_read(char *to, size_t size, size_t n, void *ctx)
{
	struct smtp *s = ctx;
	size_t room = size * n;

	if (room > s->left.len)
		room = s->left.len;
	memcpy(to, s->left.data, room);
	s->left.data += room;
	s->left.len -= room;
	return room;
}

/* Over a network the password goes through TLS or not at all. */
static int
set_login(struct smtp *s, const struct config_send *c, const char *host,
    char **error_r)
{
	struct buf password = {0};
	int bad;

	if (!*c->login)
		return 0;
	bad = file_first_line(c->password_file, PASSWORD_MAX, &password);
	if (bad) {
		*error_r = xasprintf("send.password_file %s: %s",
		    c->password_file, errno == ENODATA ?
		    "its first line is empty" : strerrordesc_np(errno));
	} else {
		(void)curl_easy_setopt(s->curl, CURLOPT_USERNAME, c->login);
		(void)curl_easy_setopt(s->curl, CURLOPT_PASSWORD,
		    password.data);
		if (!host_is_loopback(host))
			(void)curl_easy_setopt(s->curl, CURLOPT_USE_SSL,
			    (long)CURLUSESSL_ALL);
	}
	buf_free(&password);
	return bad;
}

struct smtp *
smtp_open(const struct config_send *c, char **error_r)
{
	struct smtp *s = xcalloc(1, sizeof(*s));
	struct endpoint at = {0};
	const char *error;
	char *url;

	if (endpoint_parse(c->smtp, &at, &error) < 0 || at.path) {
		*error_r = xasprintf("send.smtp = \"%s\": %s", c->smtp,
		    at.path ? "must be inet:host:port" : error);
		endpoint_free(&at);
		free(s);
		return NULL;
	}
	s->curl = curl_easy_init();
	url = xasprintf(strchr(at.host, ':') ? "smtp://[%s]:%d" :
	    "smtp://%s:%d", at.host, at.port);
	(void)curl_easy_setopt(s->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "smtp");
	(void)curl_easy_setopt(s->curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
	(void)curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT,
	    CONNECT_TIMEOUT_S);
	(void)curl_easy_setopt(s->curl, CURLOPT_TIMEOUT, TIMEOUT_S);
	(void)curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, on_reply);
	(void)curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, s);
	(void)curl_easy_setopt(s->curl, CURLOPT_READFUNCTION, on_read);
	(void)curl_easy_setopt(s->curl, CURLOPT_READDATA, s);
	free(url);
	if (set_login(s, c, at.host, error_r) < 0)
		smtp_close(&s);
	endpoint_free(&at);
	return s;
}

void
smtp_close(struct smtp **s)
{
	if (*s)
		curl_easy_cleanup((*s)->curl);
	free(*s);
	*s = NULL;
}

/* It is about our login or TLS (RFC 4954 section 6, RFC 3207 section 4) and not
 * about the recipient, who is not to pay for it. */
static bool
refuses_us(CURLcode result, long code)
{
	return result == CURLE_LOGIN_DENIED || code == 530 || code == 534 ||
	    code == 535 || code == 538;
}

enum smtp_result
smtp_send(struct smtp *s, const char *from, const char *to,
    struct slice message)
{
	struct curl_slist *rcpt = curl_slist_append(NULL, to);
	long code = 0;
	CURLcode result;

	s->left = message;
	s->reply[0] = '\0';
	(void)curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, from);
	(void)curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, rcpt);
	(void)curl_easy_setopt(s->curl, CURLOPT_INFILESIZE_LARGE,
	    (curl_off_t)message.len);
	result = curl_easy_perform(s->curl);
	(void)curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(rcpt);
	(void)curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &code);
	if (result == CURLE_OK)
		return SMTP_SENT;
	if (refuses_us(result, code))
		return SMTP_LATER;
	if (code >= 500 && code < 600)
		return SMTP_REFUSED;
	if (code < 400 || code >= 600)
		(void)snprintf(s->reply, sizeof(s->reply), "%s",
		    curl_easy_strerror(result));
	/* 354 was the last word: the MTA may have taken it or not. */
	return code == 354 ? SMTP_UNKNOWN : SMTP_LATER;
}

const char *
smtp_reply(const struct smtp *s)
{
	return s->reply;
}
