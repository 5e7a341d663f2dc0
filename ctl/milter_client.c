/* No library speaks the MTA's side of it. */
#include "config.h"

#include "ctl/milter_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"

#define PROTOCOL_VERSION 6
#define ACTIONS 0x1ff /* all of them: it may say that it would do any */
#define PACKET_MAX (1 << 20)

/* Steps that a milter does not want to hear of, and those it does not answer
 * (SMFIP_NO*, SMFIP_NR_*). */
static const struct step {
	char command;
	uint32_t unwanted, unanswered;
} steps[] = {
	{'C', 0x1, 0x1000}, {'H', 0x2, 0x2000}, {'M', 0x4, 0x4000},
	{'R', 0x8, 0x8000}, {'T', 0x200, 0x10000}, {'L', 0x20, 0x80},
	{'N', 0x40, 0x40000}, {'B', 0x10, 0x80000}, {'E', 0, 0},
};
#define OFFERED 0xfffff /* all of these; not SMFIP_HDR_LEADSPC */

struct talk {
	int fd;
	int64_t deadline_ms;
	uint32_t wishes; /* the milter's */
	struct buf packet;
	bool over; /* it has said what becomes of the message */
	const char *why;
};

static int
give_up(struct talk *t, const char *why)
{
	t->why = why;
	return -1;
}

static bool
wait_for(const struct talk *t, short what)
{
	struct pollfd p = {t->fd, what, 0};
	int64_t left_ms = t->deadline_ms - clock_mono_ms();

	return left_ms > 0 && poll(&p, 1, (int)left_ms) > 0;
}

static int
put(struct talk *t, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n;

		if (!wait_for(t, POLLOUT))
			return give_up(t, "it does not listen");
		n = send(t->fd, p, len, MSG_NOSIGNAL);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR) {
			return give_up(t, "it closes the connection");
		}
	}
	return 0;
}

static int
get(struct talk *t, void *data, size_t len)
{
	char *p = data;

	while (len) {
		ssize_t n;

		if (!wait_for(t, POLLIN))
			return give_up(t, "no answer in time");
		n = read(t->fd, p, len);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			return give_up(t, "it closes the connection");
		}
	}
	return 0;
}

/* A packet: its length, a command, data. */
static int
put_packet(struct talk *t, char command, const struct buf *data)
{
	uint32_t len = htonl((uint32_t)data->len + 1);
	struct buf all = {0};
	int bad;

	buf_add(&all, (const char *)&len, sizeof(len));
	buf_add_char(&all, command);
	if (data->len)
		buf_add(&all, data->data, data->len);
	bad = put(t, all.data, all.len);
	buf_free(&all);
	return bad;
}

/* The command; data stays in t->packet. */
static int
get_packet(struct talk *t)
{
	uint32_t len;
	char command, chunk[4096];

	if (get(t, &len, sizeof(len)) < 0)
		return -1;
	len = ntohl(len);
	if (len == 0 || len > PACKET_MAX)
		return give_up(t, "it does not speak the milter protocol");
	if (get(t, &command, 1) < 0)
		return -1;
	buf_clear(&t->packet);
	for (len--; len;) {
		uint32_t n = len < sizeof(chunk) ? len : sizeof(chunk);

		if (get(t, chunk, n) < 0)
			return -1;
		buf_add(&t->packet, chunk, n);
		len -= n;
	}
	return (unsigned char)command;
}

static void
add_word(struct buf *out, const char *word)
{
	buf_add(out, word, strlen(word) + 1);
}

static void
add_u32(struct buf *out, uint32_t value)
{
	value = htonl(value);
	buf_add(out, (const char *)&value, sizeof(value));
}

static int
negotiate(struct talk *t)
{
	struct buf data = {0};
	uint32_t wishes;
	int got;

	add_u32(&data, PROTOCOL_VERSION);
	add_u32(&data, ACTIONS);
	add_u32(&data, OFFERED);
	got = put_packet(t, 'O', &data) < 0 ? -1 : get_packet(t);
	buf_free(&data);
	if (got < 0)
		return -1;
	if (got != 'O' || t->packet.len < 12)
		return give_up(t, "it does not speak the milter protocol");
	memcpy(&wishes, t->packet.data + 8, sizeof(wishes));
	t->wishes = ntohl(wishes);
	return 0;
}

/* "DKIM-Signature" of a field to be added: name NUL value NUL. */
static void
take_field(struct talk *t, size_t skip, struct buf *added)
{
	const char *name = t->packet.data + skip;

	if (t->packet.len <= skip ||
	    !memchr(name, '\0', t->packet.len - skip))
		return;
	buf_add_str(added, name);
	buf_add_char(added, '\n');
}

/* What it says to a step; a field that it adds is noted. */
static int
hear(struct talk *t, struct buf *added)
{
	for (;;) {
		switch (get_packet(t)) {
		case -1:
			return -1;
		case 'c':
		case 's':
			return 0;
		case 'a':
			t->over = true;
			return 0;
		case 'h':
			take_field(t, 0, added);
			break;
		case 'i':
			take_field(t, 4, added);
			break;
		case 'r':
		case 't':
		case 'y':
		case 'd':
		case 'f':
			return give_up(t, "it refuses an advert");
		default: /* progress, other changes */
			break;
		}
	}
}

static int
say(struct talk *t, char command, const struct buf *data, struct buf *added)
{
	const struct step *s = steps;

	while (s->command != command)
		s++;
	if (t->over || t->wishes & s->unwanted)
		return 0;
	if (put_packet(t, command, data) < 0)
		return -1;
	return t->wishes & s->unanswered ? 0 : hear(t, added);
}

/* Says it and empties it. */
static int
say_words(struct talk *t, char command, struct buf *data, struct buf *added)
{
	int bad = say(t, command, data, added);

	buf_clear(data);
	return bad;
}

static int
say_macros(struct talk *t, char step, const char *name, const char *value,
    const char *name2, const char *value2)
{
	struct buf data = {0};
	int bad;

	buf_add_char(&data, step);
	add_word(&data, name);
	add_word(&data, value);
	if (name2) {
		add_word(&data, name2);
		add_word(&data, value2);
	}
	bad = put_packet(t, 'D', &data);
	buf_free(&data);
	return bad;
}

static void
add_client(struct buf *out, const struct sockaddr_storage *a)
{
	const struct sockaddr_in *in4 = (const void *)a;
	const struct sockaddr_in6 *in6 = (const void *)a;
	char text[INET6_ADDRSTRLEN] = "", literal[INET6_ADDRSTRLEN + 2];
	bool six = a->ss_family == AF_INET6;
	uint16_t port = htons(25);

	(void)inet_ntop(a->ss_family, six ? (const void *)&in6->sin6_addr :
	    (const void *)&in4->sin_addr, text, sizeof(text));
	literal[0] = '[';
	(void)strcpy(literal + 1, text);
	(void)strcat(literal, "]");
	add_word(out, literal); /* its name is not known */
	buf_add_char(out, six ? '6' : '4');
	buf_add(out, (const char *)&port, sizeof(port));
	add_word(out, text);
}

static int
say_headers(struct talk *t, struct slice headers, struct buf *data,
    struct buf *added)
{
	struct slice line, name;

	while (slice_split(&headers, '\n', &line)) {
		line = slice_trim(line);
		if (line.len == 0 || !slice_split(&line, ':', &name))
			continue;
		line = slice_trim(line);
		buf_add_slice(data, name);
		buf_add_char(data, '\0');
		buf_add_slice(data, line);
		buf_add_char(data, '\0');
		if (say_words(t, 'L', data, added) < 0)
			return -1;
	}
	return 0;
}

static int
say_address(struct talk *t, char command, const char *address, struct buf *data,
    struct buf *added)
{
	buf_printf(data, "<%s>", address);
	buf_add_char(data, '\0');
	return say_words(t, command, data, added);
}

/* The whole message, step by step. */
static int
say_all(struct talk *t, const struct milter_message *m, struct buf *added)
{
	struct buf data = {0};
	int bad = -1;

	if (negotiate(t) < 0 || say_macros(t, 'C', "j", m->mta,
	    "{daemon_name}", m->mta) < 0)
		goto out;
	add_client(&data, m->client);
	if (say_words(t, 'C', &data, added) < 0)
		goto out;
	add_word(&data, m->mta);
	if (say_words(t, 'H', &data, added) < 0 ||
	    say_macros(t, 'M', "i", "doctor", NULL, NULL) < 0 ||
	    say_address(t, 'M', m->from, &data, added) < 0 ||
	    say_address(t, 'R', m->to, &data, added) < 0 ||
	    say_words(t, 'T', &data, added) < 0 ||
	    say_headers(t, m->headers, &data, added) < 0 ||
	    say_words(t, 'N', &data, added) < 0)
		goto out;
	buf_add_slice(&data, m->body);
	if (say_words(t, 'B', &data, added) < 0 ||
	    say_words(t, 'E', &data, added) < 0)
		goto out;
	bad = put_packet(t, 'Q', &data);
out:
	buf_free(&data);
	return bad;
}

int
milter_ask(const struct endpoint *to, const struct milter_message *m,
    int timeout_ms, struct buf *added, const char **why_r)
{
	struct talk t = {.deadline_ms = clock_mono_ms() + timeout_ms};
	int bad;

	t.fd = endpoint_connect(to, timeout_ms);
	if (t.fd < 0) {
		*why_r = strerrordesc_np(errno);
		return -1;
	}
	bad = say_all(&t, m, added);
	*why_r = t.why;
	(void)close(t.fd);
	buf_free(&t.packet);
	return bad;
}
