/* nearpostctl doctor: a row per thing that can be wrong, each with its remedy. */
#ifndef NEARPOST_CTL_DOCTOR_H
#define NEARPOST_CTL_DOCTOR_H

#include <sys/stat.h>

#include "ctl/ctl.h"
#include "lib/base/dns.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/mail/spf.h"

enum finding {
	FINDING_OK = 0,
	FINDING_WARN, /* works, but look at it */
	FINDING_FAIL  /* mail will wait or be refused until this is mended */
};

struct doctor {
	struct ctl *ctl;
	struct arena *arena;
	const char *postfix_dir;
	const char *sendmail_cf; /* then the MTA is Sendmail; else NULL */
	const char *dir; /* of nearpost.conf */
	const char *probe_mx; /* a domain, or NULL: the campaigns' own */
	bool gateway;
	unsigned count[3];
	const char *title; /* of the check under way */
	struct json *list; /* NULL: findings are for people */
};

/* Print one finding; the remedy (printf format) only when it is none. */
void doctor_say(struct doctor *d, enum finding what, const char *subject,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* postconf's value of a main.cf parameter, or of a master.cf service's option
 * ("2525/inet/smtpd_milters"), macros expanded; NULL when there is none. */
const char *doctor_postconf(struct doctor *d, const char *name);

/* 192.0.2.1 */
const char *doctor_address(struct doctor *d, const struct sockaddr_storage *a);

#define DOCTOR_SENDERS_MAX 32
struct doctor_senders {
	const char *domain[DOCTOR_SENDERS_MAX];
	const char *address[DOCTOR_SENDERS_MAX]; /* one of that domain */
	bool in_envelope[DOCTOR_SENDERS_MAX], in_from[DOCTOR_SENDERS_MAX];
	int n;
};
/* Of the campaigns of this host's set, on a gateway of the newest. */
void doctor_senders(struct doctor *d, struct doctor_senders *s_r);

/* doctor_judge*.c, doctor_master.c, doctor_cf.c: findings from values alone.  NULL:
 * the value could not be read.
 *
 * Is the word in the list, as one of its items or at the end of one's path? */
void doctor_judge_word(struct doctor *d, const char *name, const char *value,
    const char *word, const char *remedy);
/* service: of master.cf, "2525/inet". */
void doctor_judge_milter(struct doctor *d, const char *service,
    const char *milters, const char *action, const char *socket);
/* want: what print_master wrote; have: what postconf -P says.  Each service of
 * want: is it there, with these options? */
void doctor_judge_master(struct doctor *d, struct slice want,
    struct slice have);
/* want: what print_sendmail wrote; cf: sendmail.cf; listen: our milter's. */
void doctor_judge_cf(struct doctor *d, struct slice want, struct slice cf,
    const char *listen);
/* cf: how long it keeps what it cannot deliver. */
void doctor_judge_cf_lifetime(struct doctor *d, struct slice cf,
    int64_t ticket_ms);
void doctor_judge_size_limit(struct doctor *d, const char *value, int64_t need);
void doctor_judge_expiry(struct doctor *d, const char *path, const char *cn,
    int64_t left_ms);
/* cn: the certificate's name, id: this gateway's. */
void doctor_judge_owner(struct doctor *d, const char *path, const char *cn,
    const char *id);

/* As whom the MTA comes to a socket. */
struct doctor_user {
	const char *name;
	uid_t uid;
	gid_t *groups;
	int n_groups;
};
/* May he pass the directory?  Says so only when he may not. */
bool doctor_judge_way(struct doctor *d, const char *what, const char *dir,
    const struct stat *st, const struct doctor_user *user);
/* May he use the socket, and not everybody?  setting: the section that has its
 * socket_group. */
void doctor_judge_socket(struct doctor *d, const char *what,
    const char *setting, const char *path, const struct stat *st,
    const struct doctor_user *user);
/* queue: the MTA's setting as it has it, "5d". */
void doctor_judge_lifetime(struct doctor *d, const char *setting,
    const char *queue,
    int64_t ticket_ms);
/* journald's: so many lines of one service in an interval; 0 is without limit. */
struct doctor_rate {
	int64_t interval_us, burst;
};
/* What journald.conf(5) says, all its files one behind the other. */
void doctor_rate_of(struct slice conf, struct doctor_rate *r_r);
void doctor_judge_rate(struct doctor *d, const struct doctor_rate *r);

/* A domain that campaigns are sent from. */
void doctor_judge_mx(struct doctor *d, const char *domain,
    const struct dns_mx_answer *a);
/* leads_back: one of the names has that address. */
void doctor_judge_ptr(struct doctor *d, const char *id, const char *address,
    const struct dns_text_answer *names, bool leads_back);
void doctor_judge_spf(struct doctor *d, const char *id, const char *address,
    const char *domain, enum spf_result r);
/* why: what became of the last that did not answer. */
void doctor_judge_port25(struct doctor *d, const char *domain, int asked,
    int answered, const char *why);

/* What the milters behind ours made of an advert of that domain that comes from the
 * initiator. */
struct doctor_signing {
	const char *domain, *initiator; /* its address */
	const char *signer;             /* who signs, or NULL */
	const char *dead, *why;         /* who cannot be asked, or NULL; why not */
	const char *others;             /* all of them */
	bool passes;                    /* without the dead one */
};
void doctor_judge_signing(struct doctor *d, const struct doctor_signing *s);

/* How far a probe came with a service of master.cf, and what it heard there. */
enum doctor_step {
	DOCTOR_HELLO = 0, /* the greeting or the answer to EHLO */
	DOCTOR_MAIL,
	DOCTOR_RCPT,
	DOCTOR_DATA,
	DOCTOR_DOT /* the answer to the message */
};
struct doctor_probe {
	const char *service, *where;
	bool sendmail, loopback; /* loopback: listens there alone */
	enum doctor_step step;
	int code; /* 0: no answer, text says why */
	const char *text;
};
/* A stub has to be refused by nearpost, wherever it comes in. */
void doctor_judge_stub(struct doctor *d, const struct doctor_probe *p);
/* A recipient in the relay domain has to be refused. */
void doctor_judge_relay_domain(struct doctor *d, const struct doctor_probe *p);
/* row: as fleet.h has it. */
void doctor_judge_gateway(struct doctor *d, struct slice row);
void doctor_judge_reload(struct doctor *d, struct slice row, struct slice fault);
/* A Redis that evicts keys forgets who must not get adverts. */
void doctor_judge_eviction(struct doctor *d, const char *policy);

#define DOCTOR_CF_MAX (4 << 20) /* octets of sendmail.cf */
/* A daemon of it. */
struct doctor_daemon {
	const char *name, *host, *port;
	bool everywhere; /* host is only where to ask it */
	bool tls;        /* from the first octet on */
};
/* The next one, *cf behind it; false: no more. */
bool doctor_cf_daemon(struct doctor *d, struct slice *cf,
    struct doctor_daemon *out_r);
/* The sockets of the filters that daemon nearpost asks, in order, written as
 * smtpd_milters has them: one that mail passes while it is away, which is without F=,
 * as "{ socket, default_action=accept }". */
const char *doctor_cf_filters(struct doctor *d, struct slice cf);

void doctor_mta_initiator(struct doctor *d);
void doctor_mta_gateway(struct doctor *d);
void doctor_sendmail(struct doctor *d); /* the same of Sendmail */
/* A table on disk against what print would write; compiler: the command that
 * makes its .db, or NULL. */
struct print;
void doctor_table(struct doctor *d, const char *name,
    void (*write)(const struct print *p, struct buf *out),
    const char *compiler);
void doctor_signing(struct doctor *d);
void doctor_maillog(struct doctor *d);
void doctor_keys(struct doctor *d);
void doctor_assets(struct doctor *d);
void doctor_smtp(struct doctor *d); /* asks every smtpd or daemon */
void doctor_sockets(struct doctor *d);
void doctor_dns(struct doctor *d);
void doctor_policyd(struct doctor *d); /* policyd, Redis, gateways, clocks */

#endif
