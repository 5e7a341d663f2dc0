/* The kinds of questions, and what their answers become. */
#include "lib/base/dns_internal.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/dns_message.h"

void
dns_question_tell(struct question *q)
{
	q->told = true;
	if (q->mx_cb)
		q->mx_cb(&q->answer.mx, q->ctx);
	else if (q->addr_cb)
		q->addr_cb(&q->answer.addr, q->ctx);
	else
		q->text_cb(&q->answer.text, q->ctx);
}

void
dns_question_fail(struct question *q)
{
	q->answer = (union answer){0};
	if (q->mx_cb)
		q->answer.mx.status = DNS_FAILED;
	else if (q->addr_cb)
		q->answer.addr.status = DNS_FAILED;
	else
		q->answer.text.status = DNS_FAILED;
}

static enum dns_status
status_of(int ares_status)
{
	switch (ares_status) {
	case ARES_SUCCESS:
		return DNS_OK;
	case ARES_ENOTFOUND:
		return DNS_NO_NAME;
	case ARES_ENODATA:
		return DNS_NO_DATA;
	default:
		return DNS_FAILED;
	}
}

static void
on_mx(void *ctx, int status, int timeouts, unsigned char *msg, int len)
{
	struct question *q = ctx;
	struct dns_mx_answer *a = &q->answer.mx;

	(void)timeouts;
	if (!q->told) {
		a->status = status_of(status);
		if (a->status == DNS_OK)
			dns_message_mx(msg, (size_t)len, a);
		else if (a->status != DNS_FAILED)
			a->ttl_s = dns_message_negative_ttl(msg, (size_t)len);
	}
	dns_answered(q);
}

static void
take_address(struct dns_addr_answer *a, const struct ares_addrinfo_node *node)
{
	if (a->n == DNS_ADDR_MAX ||
	    (size_t)node->ai_addrlen > sizeof(a->addr[0]))
		return;
	memcpy(&a->addr[a->n++], node->ai_addr, (size_t)node->ai_addrlen);
	if (node->ai_ttl >= 0)
		dns_ttl_lower(&a->ttl_s, (uint32_t)node->ai_ttl);
}

static void
on_addr(void *ctx, int status, int timeouts, struct ares_addrinfo *list)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct question *q = ctx;
	struct dns_addr_answer *a = &q->answer.addr;
	const struct ares_addrinfo_node *node;
	size_t i;

	(void)timeouts;
	if (!q->told) {
		a->status = status_of(status);
		a->ttl_s = a->status == DNS_OK ? DNS_TTL_MAX_S : DNS_TTL_DEFAULT_S;
		for (i = 0; list && i < 2; i++)
			for (node = list->nodes; node; node = node->ai_next)
				if (node->ai_family == families[i])
					take_address(a, node);
		if (a->status == DNS_OK && a->n == 0)
			a->status = DNS_NO_DATA;
	}
	if (list)
		ares_freeaddrinfo(list);
	dns_answered(q);
}

static void
on_text(void *ctx, int status, int timeouts, unsigned char *msg, int len)
{
	struct question *q = ctx;
	struct dns_text_answer *a = &q->answer.text;

	(void)timeouts;
	if (!q->told) {
		a->status = status_of(status);
		if (a->status == DNS_OK)
			dns_message_text(msg, (size_t)len, q->arena, a);
	}
	dns_answered(q);
}

void
dns_mx(struct dns *dns, const char *domain,
    void (*cb)(const struct dns_mx_answer *, void *ctx), void *ctx)
{
	struct question *q = dns_question(dns, ctx);

	q->mx_cb = cb;
	dns_question_fail(q);
	ares_query(dns->channel, domain, ns_c_in, ns_t_mx, on_mx, q);
	dns_asked(dns);
}

void
dns_addr(struct dns *dns, const char *host,
    void (*cb)(const struct dns_addr_answer *, void *ctx), void *ctx)
{
	const struct ares_addrinfo_hints hints = {
	    .ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC};
	struct question *q = dns_question(dns, ctx);

	q->addr_cb = cb;
	dns_question_fail(q);
	ares_getaddrinfo(dns->channel, host, NULL, &hints, on_addr, q);
	dns_asked(dns);
}

static void
ask_text(struct dns *dns, const char *name, int type,
    void (*cb)(const struct dns_text_answer *, void *ctx), void *ctx)
{
	struct question *q = dns_question(dns, ctx);

	q->text_cb = cb;
	q->arena = arena_new();
	dns_question_fail(q);
	ares_query(dns->channel, name, ns_c_in, type, on_text, q);
	dns_asked(dns);
}

void
dns_txt(struct dns *dns, const char *name,
    void (*cb)(const struct dns_text_answer *, void *ctx), void *ctx)
{
	ask_text(dns, name, ns_t_txt, cb, ctx);
}

/* RFC 1035 section 3.5, RFC 3596 section 2.5. */
static void
reverse_name(char *dst, size_t size, const struct sockaddr_storage *a)
{
	const struct sockaddr_in *in4 = (const void *)a;
	const struct sockaddr_in6 *in6 = (const void *)a;
	const unsigned char *p;
	size_t n = 0;

	if (a->ss_family == AF_INET) {
		p = (const unsigned char *)&in4->sin_addr;
		(void)snprintf(dst, size, "%u.%u.%u.%u.in-addr.arpa", p[3],
		    p[2], p[1], p[0]);
		return;
	}
	p = in6->sin6_addr.s6_addr;
	for (int i = 15; i >= 0; i--)
		n += (size_t)snprintf(dst + n, size - n, "%x.%x.", p[i] & 15,
		    p[i] >> 4);
	(void)snprintf(dst + n, size - n, "ip6.arpa");
}

void
dns_ptr(struct dns *dns, const struct sockaddr_storage *addr,
    void (*cb)(const struct dns_text_answer *, void *ctx), void *ctx)
{
	char name[80];

	reverse_name(name, sizeof(name), addr);
	ask_text(dns, name, ns_t_ptr, cb, ctx);
}
