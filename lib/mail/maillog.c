/* Reads what Postfix writes, and nothing more: the line is cut into "who" and
 * "what" by position, never by searching for a word, since everything behind
 * status= and inside to=<> comes from outside and may look like log text. */
#include "lib/mail/maillog.h"

#include <string.h>

#define LONG_ID_MIN 12 /* 6 for seconds, 4 for microseconds, 'z', inode */
#define SHORT_ID_MIN 6
#define DELAY_MAX_S 100000000 /* three years: nothing stays that long */

static bool
cut(struct slice *s, size_t n)
{
	if (n > s->len)
		return false;
	s->data += n;
	s->len -= n;
	return true;
}

static bool
starts(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && memcmp(s.data, prefix, n) == 0;
}

static bool
skip(struct slice *s, const char *prefix)
{
	return starts(*s, prefix) && cut(s, strlen(prefix));
}

/* Length of the part before `c`, or all of it. */
static size_t
upto(struct slice s, char c)
{
	const char *at = s.len ? memchr(s.data, c, s.len) : NULL;

	return at ? (size_t)(at - s.data) : s.len;
}

static struct slice
token(struct slice *s)
{
	struct slice t;

	while (s->len && *s->data == ' ')
		(void)cut(s, 1);
	t = (struct slice){s->data, upto(*s, ' ')};
	(void)cut(s, t.len);
	return t;
}

static void
copy(char *dst, size_t size, struct slice s)
{
	size_t n = s.len < size - 1 ? s.len : size - 1;

	if (n)
		memcpy(dst, s.data, n);
	dst[n] = '\0';
}

/* "Nov  3 19:14:31 host " or "2026-11-23T19:14:31.123456+00:00 host ". */
static bool
skip_stamp(struct slice *line)
{
	struct slice first = token(line);

	if (first.len == 3) {
		(void)token(line);
		if (token(line).len != 8)
			return false;
	} else if (first.len < 19 || first.data[4] != '-' ||
	    first.data[10] != 'T')
		return false;
	return token(line).len > 0;
}

static bool
in_set(struct slice s, const char *set)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.data[i] == '\0' || !strchr(set, s.data[i]))
			return false;
	return true;
}

/* Words such as "warning" and "NOQUEUE" stand in the same place; vowels tell
 * them from a long id, and letters beyond F from a short one. */
static bool
is_queue_id(struct slice s)
{
	if (s.len >= LONG_ID_MIN && s.len < sizeof(((struct maillog_event *)0)
	        ->queue_id) &&
	    in_set(s, "0123456789BCDFGHJKLMNPQRSTVWXYZ"
	        "bcdfghjklmnpqrstvwxyz"))
		return memchr(s.data + 10, 'z', s.len - 10) != NULL;
	return s.len >= SHORT_ID_MIN && s.len <= 20 &&
	    in_set(s, "0123456789ABCDEF");
}

static int64_t
seconds_to_us(struct slice s)
{
	int64_t whole = 0, micro = 0, unit = 100000;
	size_t i;

	if (s.len == 0 || *s.data < '0' || *s.data > '9')
		return -1;
	for (i = 0; i < s.len && s.data[i] >= '0' && s.data[i] <= '9'; i++) {
		whole = whole * 10 + (s.data[i] - '0');
		if (whole > DELAY_MAX_S)
			return -1;
	}
	if (i < s.len && s.data[i++] != '.')
		return -1;
	for (; i < s.len; i++, unit /= 10) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return -1;
		micro += (s.data[i] - '0') * unit;
	}
	return whole * 1000000 + micro;
}

static int64_t
number(struct slice s)
{
	int64_t n = 0;
	size_t i;

	if (s.len == 0 || s.len > 18)
		return -1;
	for (i = 0; i < s.len; i++) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return -1;
		n = n * 10 + (s.data[i] - '0');
	}
	return n;
}

static void
parse_delays(struct slice s, struct maillog_event *out)
{
	struct slice part;
	int64_t us[4];
	int n = 0;

	while (n < 4 && slice_split(&s, '/', &part)) {
		us[n] = seconds_to_us(part);
		if (us[n++] < 0)
			return;
	}
	if (n == 4 && s.len == 0)
		memcpy(out->delays_us, us, sizeof(us));
}

/* mx1.example.com[10.77.1.2]:25, host[private/lmtp], none, local, virtual */
static void
parse_relay(struct slice s, struct maillog_event *out)
{
	size_t host = upto(s, '[');

	if (host == s.len) /* "none", or a daemon's name: no machine of others */
		return;
	copy(out->relay_host, sizeof(out->relay_host),
	    (struct slice){s.data, host});
	(void)cut(&s, host + 1);
	copy(out->relay_ip, sizeof(out->relay_ip),
	    (struct slice){s.data, upto(s, ']')});
}

/* The address in to=<...>.  A quoted local part may hold ">, status=sent" and
 * anything else, so quotes are honoured (info_log_addr_form = quoted). */
static bool
parse_to(struct slice *s, struct maillog_event *out)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < s->len; i++) {
		if (quoted && s->data[i] == '\\')
			i++;
		else if (s->data[i] == '"')
			quoted = !quoted;
		else if (!quoted && s->data[i] == '>')
			break;
	}
	if (i >= s->len)
		return false;
	copy(out->recipient, sizeof(out->recipient),
	    (struct slice){s->data, i});
	return cut(s, i + 1);
}

static enum maillog_kind
status_kind(struct slice word)
{
	static const struct {
		const char *word;
		enum maillog_kind kind;
	} table[] = {
	    {"sent", MAILLOG_SENT},
	    {"deferred", MAILLOG_DEFERRED},
	    {"bounced", MAILLOG_BOUNCED},
	    {"expired", MAILLOG_BOUNCED},
	    {"force-expired", MAILLOG_BOUNCED},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (slice_eq_str(word, table[i].word))
			return table[i].kind;
	return MAILLOG_OTHER;
}

static void
parse_status(struct slice s, struct maillog_event *out)
{
	struct slice word = {s.data, upto(s, ' ')};

	if (word.len && word.data[word.len - 1] == ',')
		word.len--;
	out->kind = status_kind(word);
	(void)cut(&s, upto(s, ' '));
	if (!skip(&s, " ("))
		return;
	if (s.len && s.data[s.len - 1] == ')')
		s.len--;
	copy(out->text, sizeof(out->text), s);
}

/* "to=<a@b>, orig_to=<c@d>, relay=..., conn_use=.., delay=.., delays=.., dsn=..,
 * status=sent (250 ok)", behind the "to=<". */
static void
parse_delivery(struct slice s, struct maillog_event *out)
{
	if (!parse_to(&s, out))
		return;
	out->conn_use = 1;
	while (skip(&s, ", ")) {
		struct slice value;

		if (skip(&s, "orig_to=<")) {
			char kept[sizeof(out->recipient)];

			memcpy(kept, out->recipient, sizeof(kept));
			if (!parse_to(&s, out))
				return;
			memcpy(out->recipient, kept, sizeof(kept));
			continue;
		}
		if (skip(&s, "status=")) {
			parse_status(s, out);
			return;
		}
		value = (struct slice){s.data, upto(s, ',')};
		(void)cut(&s, value.len);
		if (skip(&value, "relay="))
			parse_relay(value, out);
		else if (skip(&value, "delays="))
			parse_delays(value, out);
		else if (skip(&value, "dsn="))
			copy(out->dsn, sizeof(out->dsn), value);
		else if (skip(&value, "conn_use=")) {
			int64_t n = number(value);

			out->conn_use = n > 0 && n < 1000000 ? (int)n : 1;
		}
	}
}

/* "from=<a@b>, size=900, nrcpt=1 (queue active)" or "from=<>, status=expired,
 * returned to sender", behind the "from=<". */
static void
parse_qmgr(struct slice s, struct maillog_event *out)
{
	struct maillog_event ignored;

	if (!parse_to(&s, &ignored))
		return;
	if (skip(&s, ", size=")) {
		out->kind = MAILLOG_QUEUED;
		out->size = number((struct slice){s.data, upto(s, ',')});
	} else if (skip(&s, ", status="))
		parse_status(s, out);
}

/* The whole message was refused, by a milter or a header or body check.  What
 * smtpd refuses at RCPT leaves the other recipients' mail alone. */
static bool
is_reject(struct slice daemon, struct slice s)
{
	if (!skip(&s, "milter-reject: ") && !skip(&s, "reject: ") &&
	    !skip(&s, "milter-discard: ") && !skip(&s, "discard: "))
		return false;
	return slice_eq_str(daemon, "cleanup") ||
	    starts(s, "END-OF-MESSAGE") || starts(s, "DATA");
}

static void
parse_action(struct slice daemon, struct slice s, struct maillog_event *out)
{
	if (skip(&s, "to=<"))
		parse_delivery(s, out);
	else if (slice_eq_str(daemon, "qmgr") && skip(&s, "from=<"))
		parse_qmgr(s, out);
	else if (slice_eq_str(daemon, "qmgr") && slice_eq_str(s, "removed"))
		out->kind = MAILLOG_REMOVED;
	else if (is_reject(daemon, s)) {
		out->kind = MAILLOG_REJECTED;
		copy(out->text, sizeof(out->text), s);
	} else if (slice_eq_str(daemon, "cleanup") &&
	    (starts(s, "hold: ") || starts(s, "milter-hold: ")))
		/* On hold it is in the queue, though qmgr never says so. */
		out->kind = MAILLOG_QUEUED;
}

bool
maillog_parse_message(struct slice program, struct slice message,
    struct maillog_event *out_r)
{
	struct slice id = {message.data, upto(message, ':')};
	size_t i;

	memset(out_r, 0, sizeof(*out_r));
	out_r->size = -1;
	for (i = 0; i < 4; i++)
		out_r->delays_us[i] = -1;
	/* Every Postfix has its own syslog_name; all have a slash behind it. */
	for (i = program.len; i > 0 && program.data[i - 1] != '/'; i--)
		;
	if (i == 0 || !is_queue_id(id))
		return false;
	(void)cut(&program, i);
	(void)cut(&message, id.len);
	if (!skip(&message, ": "))
		return false;
	while (message.len && strchr("\r\n ", message.data[message.len - 1]) &&
	    message.data[message.len - 1])
		message.len--;
	copy(out_r->queue_id, sizeof(out_r->queue_id), id);
	parse_action(program, message, out_r);
	return true;
}

bool
maillog_parse(struct slice line, struct maillog_event *out_r)
{
	struct slice program;

	if (line.len > MAILLOG_LINE_MAX)
		line.len = MAILLOG_LINE_MAX;
	if (!skip_stamp(&line))
		return false;
	program = token(&line);
	if (program.len < 2 || program.data[program.len - 1] != ':' ||
	    !skip(&line, " "))
		return false;
	program.len--;
	program.len = upto(program, '[');
	return maillog_parse_message(program, line, out_r);
}
