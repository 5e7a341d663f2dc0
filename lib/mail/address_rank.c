/* The route in the envelope.  Written and read here alone, and address_unrank()
 * ranks its own result again: rank and unrank are exact inverses, so nobody can
 * smuggle a recipient through a gateway with a look-alike. */
#include "lib/mail/address.h"

bool
address_id_ok(struct slice id)
{
	size_t i;

	if (id.len == 0 || id.len > ADDRESS_ID_MAX)
		return false;
	for (i = 0; i < id.len; i++)
		if (!((id.data[i] >= 'a' && id.data[i] <= 'z') ||
		        (id.data[i] >= '0' && id.data[i] <= '9')))
			return false;
	return !slice_eq_str(id, ADDRESS_SPLIT);
}

char *
address_rank(struct arena *arena, const struct address *a,
    const struct ranking *rank, bool split, const char *relay_domain,
    const char **error_r)
{
	struct buf ids = {0};
	char *ranked;
	size_t len;

	if (rank->n < 1) {
		*error_r = "there is no gateway in the ranking";
		return NULL;
	}
	if (address_in_domain(slice_of(a->domain), relay_domain)) {
		*error_r = "the address is in the relay domain already";
		return NULL;
	}
	ranking_text(rank, '-', &ids);
	ranked = arena_printf(arena, "%s@%s.%s%s.%s", a->local, a->domain,
	    ids.data, split ? "." ADDRESS_SPLIT : "", relay_domain);
	buf_free(&ids);
	len = strlen(ranked) - strlen(a->local) - 1;
	if (len > ADDRESS_DOMAIN_MAX) {
		*error_r = arena_printf(arena,
		    "domain of %zu octets is too long to be relayed: with the "
		    "route it has %zu, over %d", strlen(a->domain), len,
		    ADDRESS_DOMAIN_MAX);
		return NULL;
	}
	return ranked;
}

/* Cut the last label off. */
static struct slice
last_label(struct slice *domain)
{
	const char *dot =
	    domain->len ? memrchr(domain->data, '.', domain->len) : NULL;
	struct slice label = *domain;

	if (!dot) {
		domain->len = 0;
		return label;
	}
	label.data = dot + 1;
	label.len = domain->len - (size_t)(dot + 1 - domain->data);
	domain->len = (size_t)(dot - domain->data);
	return label;
}

int
address_unrank(struct arena *arena, struct slice text, const char *relay_domain,
    struct address *out_r, struct ranking *rank_r, bool *split_r,
    const char **error_r)
{
	struct slice domain, label;
	const char *again;

	if (address_parse(arena, text, out_r, error_r) < 0) {
		*error_r = "it is not a valid address";
		return -1;
	}
	if (text.data[0] == '<') {
		text.data++;
		text.len -= 2;
	}
	domain = slice_of(out_r->domain);
	if (!address_in_domain(domain, relay_domain) ||
	    domain.len == strlen(relay_domain)) {
		*error_r = "it is not below the relay domain";
		return -1;
	}
	domain.len -= strlen(relay_domain) + 1;
	label = last_label(&domain);
	*split_r = slice_eq_str(label, ADDRESS_SPLIT);
	if (*split_r)
		label = last_label(&domain);
	if (ranking_parse(label, '-', rank_r) < 0) {
		*error_r = "its route names no gateways";
		return -1;
	}
	if (address_domain_fault(domain)) {
		*error_r = "there is no valid domain before its route";
		return -1;
	}
	out_r->domain = arena_strndup(arena, domain.data, domain.len);
	again = address_rank(arena, out_r, rank_r, *split_r, relay_domain,
	    error_r);
	if (!again || !slice_caseeq_str(text, again)) {
		*error_r = "it is not what the milter would have written";
		return -1;
	}
	return 0;
}

int
ranking_parse(struct slice text, char sep, struct ranking *out_r)
{
	struct slice id;
	int i;

	*out_r = (struct ranking){0};
	if (text.len == 0 || text.data[text.len - 1] == sep)
		return -1;
	while (slice_split(&text, sep, &id)) {
		if (out_r->n == ADDRESS_RANK_MAX || !address_id_ok(id))
			return -1;
		for (i = 0; i < out_r->n; i++)
			if (slice_eq_str(id, out_r->id[i]))
				return -1;
		memcpy(out_r->id[out_r->n++], id.data, id.len);
	}
	return 0;
}

void
ranking_text(const struct ranking *rank, char sep, struct buf *out)
{
	int i;

	for (i = 0; i < rank->n; i++) {
		if (i)
			buf_add_char(out, sep);
		buf_add_str(out, rank->id[i]);
	}
}

void
xtext_encode(struct buf *out, struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.data[i] < '!' || s.data[i] > '~' || s.data[i] == '+' ||
		    s.data[i] == '=')
			buf_printf(out, "+%02X", (unsigned char)s.data[i]);
		else
			buf_add_char(out, s.data[i]);
	}
}
