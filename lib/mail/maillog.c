/* Reads what Postfix writes, and hands Sendmail's lines on: the line is cut into
 * "who" and "what" by position, never by searching for a word, since everything behind
 * status= and inside to=<> comes from outside and may look like log text. */
#include "lib/mail/maillog.h"

#include <string.h>
#include <strings.h>

#include "lib/base/date.h"
#include "lib/mail/maillog_scan.h"
#include "lib/mail/maillog_sendmail.h"

#define LONG_ID_MIN 12 /* 6 for seconds, 4 for microseconds, 'z', inode */
#define SHORT_ID_MIN 6
#define DELAY_MAX_S 100000000 /* three years: nothing stays that long */

/* "Nov  3 19:14:31 host " or "2026-11-23T19:14:31.123456+00:00 host ".  Of whole
 * seconds, *ms_r is left alone. */
static bool
skip_stamp(struct slice *line, int64_t *ms_r)
{
	struct slice first = scan_token(line);
	struct moment at;

	if (first.len == 3) {
		(void)scan_token(line);
		if (scan_token(line).len != 8)
			return false;
	} else if (first.len < 19 || first.data[4] != '-' ||
	    first.data[10] != 'T')
		return false;
	if (scan_upto(first, '.') < first.len && date_parse(first, &at) == 0)
		*ms_r = at.ms;
	return scan_token(line).len > 0;
}

/* Words such as "warning" and "NOQUEUE" stand in the same place; vowels tell
 * them from a long id, and letters beyond F from a short one. */
static bool
is_queue_id(struct slice s)
{
	if (s.len >= LONG_ID_MIN && s.len < sizeof(((struct maillog_event *)0)
	        ->queue_id) &&
	    scan_in_set(s, "0123456789BCDFGHJKLMNPQRSTVWXYZ"
	        "bcdfghjklmnpqrstvwxyz"))
		return memchr(s.data + 10, 'z', s.len - 10) != NULL;
	return s.len >= SHORT_ID_MIN && s.len <= 20 &&
	    scan_in_set(s, "0123456789ABCDEF");
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
	size_t host = scan_upto(s, '[');

	if (host == s.len) /* "none", or a daemon's name: no machine of others */
		return;
	scan_copy(out->relay_host, sizeof(out->relay_host),
	    (struct slice){s.data, host});
	(void)scan_cut(&s, host + 1);
	scan_copy(out->relay_ip, sizeof(out->relay_ip),
	    (struct slice){s.data, scan_upto(s, ']')});
}

/* The address in to=<...> (info_log_addr_form = quoted). */
static bool
parse_to(struct slice *s, struct maillog_event *out)
{
	size_t len = scan_address(*s);

	if (len == s->len)
		return false;
	scan_copy(out->recipient, sizeof(out->recipient),
	    (struct slice){s->data, len});
	return scan_cut(s, len + 1);
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
	struct slice word = {s.data, scan_upto(s, ' ')};

	if (word.len && word.data[word.len - 1] == ',')
		word.len--;
	out->kind = status_kind(word);
	(void)scan_cut(&s, scan_upto(s, ' '));
	if (!scan_skip(&s, " ("))
		return;
	if (s.len && s.data[s.len - 1] == ')')
		s.len--;
	scan_copy(out->text, sizeof(out->text), s);
}

/* "to=<a@b>, orig_to=<c@d>, relay=..., conn_use=.., delay=.., delays=.., dsn=..,
 * status=sent (250 ok)", behind the "to=<". */
static void
parse_delivery(struct slice s, struct maillog_event *out)
{
	if (!parse_to(&s, out))
		return;
	out->conn_use = 1;
	while (scan_skip(&s, ", ")) {
		struct slice value;

		if (scan_skip(&s, "orig_to=<")) {
			char kept[sizeof(out->recipient)];

			memcpy(kept, out->recipient, sizeof(kept));
			if (!parse_to(&s, out))
				return;
			memcpy(out->recipient, kept, sizeof(kept));
			continue;
		}
		if (scan_skip(&s, "status=")) {
			parse_status(s, out);
			return;
		}
		value = (struct slice){s.data, scan_upto(s, ',')};
		(void)scan_cut(&s, value.len);
		if (scan_skip(&value, "relay="))
			parse_relay(value, out);
		else if (scan_skip(&value, "delays="))
			parse_delays(value, out);
		else if (scan_skip(&value, "dsn="))
			scan_copy(out->dsn, sizeof(out->dsn), value);
		else if (scan_skip(&value, "conn_use=")) {
			int64_t n = scan_number(value);

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
	if (scan_skip(&s, ", size=")) {
		out->kind = MAILLOG_QUEUED;
		out->size = scan_number((struct slice){s.data, scan_upto(s, ',')});
	} else if (scan_skip(&s, ", status="))
		parse_status(s, out);
}

/* The whole message was refused, by a milter or a header or body check.  What
 * smtpd refuses at RCPT leaves the other recipients' mail alone. */
static bool
is_reject(struct slice daemon, struct slice s)
{
	if (!scan_skip(&s, "milter-reject: ") && !scan_skip(&s, "reject: ") &&
	    !scan_skip(&s, "milter-discard: ") && !scan_skip(&s, "discard: "))
		return false;
	return slice_eq_str(daemon, "cleanup") ||
	    scan_starts(s, "END-OF-MESSAGE") || scan_starts(s, "DATA");
}

static void
parse_action(struct slice daemon, struct slice s, struct maillog_event *out)
{
	if (scan_skip(&s, "to=<"))
		parse_delivery(s, out);
	else if (slice_eq_str(daemon, "qmgr") && scan_skip(&s, "from=<"))
		parse_qmgr(s, out);
	else if (slice_eq_str(daemon, "qmgr") && slice_eq_str(s, "removed"))
		out->kind = MAILLOG_REMOVED;
	else if (is_reject(daemon, s)) {
		out->kind = MAILLOG_REJECTED;
		scan_copy(out->text, sizeof(out->text), s);
	} else if (slice_eq_str(daemon, "cleanup") &&
	    (scan_starts(s, "hold: ") || scan_starts(s, "milter-hold: ")))
		/* On hold it is in the queue, though qmgr never says so. */
		out->kind = MAILLOG_QUEUED;
}

bool
maillog_parse_message(struct slice program, struct slice message,
    struct maillog_event *out_r)
{
	struct slice id = {message.data, scan_upto(message, ':')};
	size_t i;

	bool ours;

	memset(out_r, 0, sizeof(*out_r));
	out_r->size = out_r->logged_ms = out_r->delay_ms = -1;
	for (i = 0; i < 4; i++)
		out_r->delays_us[i] = -1;
	/* Every Postfix has its own syslog_name; all have a slash behind it. */
	for (i = program.len; i > 0 && program.data[i - 1] != '/'; i--)
		;
	ours = i > 0 && is_queue_id(id);
	out_r->sendmail = i == 0 && maillog_sendmail_program(program) &&
	    maillog_sendmail_id(id);
	if (!ours && !out_r->sendmail)
		return false;
	(void)scan_cut(&program, i);
	(void)scan_cut(&message, id.len);
	if (!scan_skip(&message, ": "))
		return false;
	while (message.len && strchr("\r\n ", message.data[message.len - 1]) &&
	    message.data[message.len - 1])
		message.len--;
	scan_copy(out_r->queue_id, sizeof(out_r->queue_id), id);
	if (ours)
		parse_action(program, message, out_r);
	else
		maillog_sendmail_parse(message, out_r);
	return true;
}

bool
maillog_names(const struct maillog_event *e, const char *address)
{
	size_t len = strlen(address);
	const char *at = e->recipient;

	if (*at != '<')
		return strcasecmp(at, address) == 0;
	for (; (at = strchr(at, '<')); at++)
		if (strncasecmp(at + 1, address, len) == 0 &&
		    at[len + 1] == '>')
			return true;
	return false;
}

bool
maillog_parse(struct slice line, struct maillog_event *out_r)
{
	struct slice program;
	int64_t logged_ms = -1;

	if (line.len > MAILLOG_LINE_MAX)
		line.len = MAILLOG_LINE_MAX;
	if (!skip_stamp(&line, &logged_ms))
		return false;
	program = scan_token(&line);
	if (program.len < 2 || program.data[program.len - 1] != ':' ||
	    !scan_skip(&line, " "))
		return false;
	program.len--;
	program.len = scan_upto(program, '[');
	if (!maillog_parse_message(program, line, out_r))
		return false;
	out_r->logged_ms = logged_ms;
	return true;
}
