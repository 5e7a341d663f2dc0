/* reply= and stat= hold what the other server said, and a log line can be told
 * from such text only by what stands before it: so dsn=, which comes first and is
 * Sendmail's own, decides what became of the mail. */
#include "lib/mail/maillog_sendmail.h"

#include "lib/mail/maillog_scan.h"

#define TIME_LEN 8  /* of an id */
#define PID_MIN 6
#define PID_MAX 7
#define DAYS_MAX 1000

bool
maillog_sendmail_program(struct slice program)
{
	return slice_eq_str(program, "sendmail") || scan_starts(program, "sm-");
}

bool
maillog_sendmail_id(struct slice id)
{
	struct slice time = {id.data, TIME_LEN};

	return id.len >= TIME_LEN + PID_MIN && id.len <= TIME_LEN + PID_MAX &&
	    scan_in_set(time, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	        "abcdefghijklmnopqrstuvwx") &&
	    scan_in_set((struct slice){id.data + TIME_LEN, id.len - TIME_LEN},
	        "0123456789");
}

/* "00:00:01", "3+00:00:01" with days; -1. */
static int64_t
duration_ms(struct slice s)
{
	static const int seconds[] = {3600, 60, 1};
	int64_t total = 0, n;
	size_t plus = scan_upto(s, '+');
	struct slice part;
	int i;

	if (plus < s.len) {
		n = scan_number((struct slice){s.data, plus});
		if (n < 0 || n > DAYS_MAX)
			return -1;
		total = n * 86400;
		(void)scan_cut(&s, plus + 1);
	}
	for (i = 0; i < 3; i++) {
		n = slice_split(&s, ':', &part) && part.len == 2 ?
		    scan_number(part) : -1;
		if (n < 0)
			return -1;
		total += n * seconds[i];
	}
	return s.len ? -1 : total * 1000;
}

/* <a@b>,<c@d>, postmaster: up to the ", " that ends it. */
static bool
parse_recipients(struct slice *s, struct maillog_event *out)
{
	struct slice all = *s;
	size_t n = 0;

	do {
		size_t len = scan_upto(*s, ',');

		if (scan_skip(s, "<")) {
			len = scan_address(*s);
			if (len == s->len)
				return false;
			len++;
		}
		(void)scan_cut(s, len);
		n++;
	} while (!scan_starts(*s, ", ") && scan_skip(s, ","));
	all.len -= s->len;
	if (n == 1 && scan_skip(&all, "<"))
		all.len--;
	scan_copy(out->recipient, sizeof(out->recipient), all);
	return true;
}

/* "mx.b. [10.0.0.1]", "[10.0.0.1] [10.0.0.1]"; without an address no server was
 * reached. */
static void
parse_relay(struct slice s, struct maillog_event *out)
{
	struct slice host = scan_token(&s);

	if (!scan_skip(&s, " [") || s.len == 0 || s.data[s.len - 1] != ']')
		return;
	s.len--;
	(void)scan_skip(&s, "IPv6:");
	scan_copy(out->relay_ip, sizeof(out->relay_ip), s);
	if (scan_skip(&host, "[") && host.len)
		host.len--;
	if (host.len && host.data[host.len - 1] == '.')
		host.len--;
	scan_copy(out->relay_host, sizeof(out->relay_host), host);
}

/* Old versions have no dsn= in lines that tell nothing final. */
static enum maillog_kind
kind_of(const struct maillog_event *out, struct slice stat, bool tried)
{
	if (!tried)
		return MAILLOG_REJECTED;
	if (slice_eq_str(stat, "queued"))
		return MAILLOG_QUEUED;
	switch (out->dsn[0]) {
	case '2':
		return MAILLOG_SENT;
	case '4':
		return MAILLOG_DEFERRED;
	case '5':
		return MAILLOG_BOUNCED;
	default:
		return MAILLOG_OTHER;
	}
}

/* The words of the server, if it had any: "Sent (Ok)", "Deferred: 451 later". */
static void
parse_text(struct slice stat, struct maillog_event *out)
{
	if (out->text[0])
		return;
	if (scan_skip(&stat, "Sent (")) {
		if (stat.len && stat.data[stat.len - 1] == ')')
			stat.len--;
	} else {
		(void)scan_skip(&stat, "Deferred: ");
	}
	scan_copy(out->text, sizeof(out->text), stat);
}

/* The first ", stat=", at the end of a reply. */
static size_t
upto_stat(struct slice s)
{
	const char *at = s.len ? memmem(s.data, s.len, ", stat=", 7) : NULL;

	return at ? (size_t)(at - s.data) : s.len;
}

/* Behind "to=". */
static void
parse_delivery(struct slice s, struct maillog_event *out)
{
	bool tried = false;

	if (!parse_recipients(&s, out))
		return;
	while (scan_skip(&s, ", ")) {
		struct slice value;

		if (scan_skip(&s, "ctladdr=<"))
			(void)scan_cut(&s, scan_address(s));
		if (scan_skip(&s, "stat=")) {
			out->kind = kind_of(out, s, tried);
			parse_text(s, out);
			return;
		}
		if (scan_skip(&s, "reply=")) {
			value = (struct slice){s.data, upto_stat(s)};
			scan_copy(out->text, sizeof(out->text), value);
			(void)scan_cut(&s, value.len);
			continue;
		}
		value = (struct slice){s.data, scan_upto(s, ',')};
		(void)scan_cut(&s, value.len);
		if (scan_skip(&value, "delay="))
			out->delay_ms = duration_ms(value);
		else if (scan_skip(&value, "mailer="))
			tried = true;
		else if (scan_skip(&value, "relay="))
			parse_relay(value, out);
		else if (scan_skip(&value, "dsn="))
			scan_copy(out->dsn, sizeof(out->dsn), value);
	}
}

/* "6AQ5Pjco032640: DSN: Cannot send message for 5 days": given up.  The other
 * bounces had a to= line before. */
static bool
is_expired(struct slice s)
{
	struct slice id = {s.data, scan_upto(s, ':')};

	if (!maillog_sendmail_id(id) || !scan_cut(&s, id.len + 1))
		return false;
	(void)scan_cut(&s, scan_upto(s, ':'));
	return scan_starts(s, ": Cannot send message for ");
}

void
maillog_sendmail_parse(struct slice s, struct maillog_event *out)
{
	if (scan_skip(&s, "to=")) {
		parse_delivery(s, out);
	} else if (scan_starts(s, "Milter: data, reject=") ||
	    slice_eq_str(s, "Milter: data, discard")) {
		out->kind = MAILLOG_REJECTED;
		scan_copy(out->text, sizeof(out->text), s);
	} else if (is_expired(s)) {
		out->kind = MAILLOG_BOUNCED;
		(void)scan_cut(&s, scan_upto(s, ' ') + 1);
		scan_copy(out->text, sizeof(out->text), s);
	}
}
