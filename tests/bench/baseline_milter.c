/* What nearpost-milter is measured against: the least a milter can do.
 *
 *	baseline_milter noop SOCKET
 *		nearpost-milter's callbacks (lib/mail/session.c), empty.
 *	baseline_milter rewrite SOCKET LABEL...
 *		alice@example.org becomes alice@example.org.LABEL, the labels
 *		in turn; no header is looked at and none is added.
 *
 * libmilter is used here directly, so that nothing of ours is in the baseline. */
#include <libmilter/mfapi.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define NOOP_ACTIONS \
	(SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT | SMFIF_ADDRCPT_PAR | \
	    SMFIF_CHGBODY | SMFIF_CHGFROM | SMFIF_SETSYMLIST)

static char *const *labels;
static unsigned n_labels;
static atomic_uint turn;

/* rewrite */

/* The one recipient of the message.  The load has never more. */
static sfsistat
keep_rcpt(SMFICTX *ctx, char **args)
{
	free(smfi_getpriv(ctx));
	return smfi_setpriv(ctx, strdup(args[0])) == MI_SUCCESS
	    ? SMFIS_NOREPLY : SMFIS_TEMPFAIL;
}

static sfsistat
forget_rcpt(SMFICTX *ctx)
{
	free(smfi_getpriv(ctx));
	(void)smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

static sfsistat
rewrite_rcpt(SMFICTX *ctx)
{
	char *rcpt = smfi_getpriv(ctx), to[1024], orcpt[1024];
	unsigned label = atomic_fetch_add(&turn, 1) % n_labels;
	int len;

	if (!rcpt)
		return SMFIS_TEMPFAIL;
	len = (int)strcspn(rcpt + 1, ">");
	(void)snprintf(to, sizeof(to), "<%.*s.%s>", len, rcpt + 1,
	    labels[label]);
	(void)snprintf(orcpt, sizeof(orcpt), "ORCPT=rfc822;%.*s", len,
	    rcpt + 1);
	if (smfi_delrcpt(ctx, rcpt) != MI_SUCCESS ||
	    smfi_addrcpt_par(ctx, to, orcpt) != MI_SUCCESS)
		return SMFIS_TEMPFAIL;
	(void)forget_rcpt(ctx);
	return SMFIS_CONTINUE;
}

static sfsistat
rewrite_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1,
    unsigned long f2, unsigned long f3, unsigned long *pf0,
    unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
	(void)ctx;
	(void)f0;
	(void)f2;
	(void)f3;
	*pf0 = SMFIF_DELRCPT | SMFIF_ADDRCPT_PAR;
	*pf1 = f1 & (SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOMAIL |
	    SMFIP_NODATA | SMFIP_NOHDRS | SMFIP_NOEOH | SMFIP_NOBODY |
	    SMFIP_NOUNKNOWN | SMFIP_NR_RCPT);
	*pf2 = *pf3 = 0;
	return SMFIS_CONTINUE;
}

/* noop: the steps that lib/mail/session.c asks for, and its ending */

static sfsistat
noop_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	(void)ctx;
	(void)name;
	(void)address;
	return SMFIS_NOREPLY;
}

static sfsistat
noop_args(SMFICTX *ctx, char **args)
{
	(void)ctx;
	(void)args;
	return SMFIS_NOREPLY;
}

static sfsistat
noop_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	return SMFIS_NOREPLY;
}

static sfsistat
noop_eoh(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_ACCEPT;
}

static sfsistat
noop_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	return SMFIS_NOREPLY;
}

static sfsistat
noop_end(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

/* Macros that nobody reads would be sent with every step. */
static void
choose_macros(SMFICTX *ctx)
{
	static char daemon_name[] = "{daemon_name}",
	    login[] = "{auth_authen} {cert_subject} {verify}",
	    queue_id[] = "i";

	(void)smfi_setsymlist(ctx, SMFIM_CONNECT, daemon_name);
	(void)smfi_setsymlist(ctx, SMFIM_ENVFROM, login);
	(void)smfi_setsymlist(ctx, SMFIM_ENVRCPT, queue_id);
	(void)smfi_setsymlist(ctx, SMFIM_EOM, queue_id);
}

static sfsistat
noop_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1,
    unsigned long f2, unsigned long f3, unsigned long *pf0,
    unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
	(void)f2;
	(void)f3;
	*pf0 = f0 & NOOP_ACTIONS;
	*pf1 = f1 & (SMFIP_NOHELO | SMFIP_NODATA | SMFIP_NOUNKNOWN |
	    SMFIP_NR_CONN | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR |
	    SMFIP_NR_BODY | SMFIP_SKIP | SMFIP_HDR_LEADSPC);
	*pf2 = *pf3 = 0;
	choose_macros(ctx);
	return SMFIS_CONTINUE;
}

static int
run(struct smfiDesc *filter, char *socket_name)
{
	if (smfi_register(*filter) != MI_SUCCESS ||
	    smfi_setconn(socket_name) != MI_SUCCESS ||
	    smfi_opensocket(1) != MI_SUCCESS) {
		fprintf(stderr, "baseline_milter: cannot serve %s\n",
		    socket_name);
		return EX_UNAVAILABLE;
	}
	return smfi_main() == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}

int
main(int argc, char **argv)
{
	char name[] = "baseline";
	struct smfiDesc rewrite = {.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_DELRCPT | SMFIF_ADDRCPT_PAR,
		.xxfi_envrcpt = keep_rcpt, .xxfi_eom = rewrite_rcpt,
		.xxfi_abort = forget_rcpt, .xxfi_close = forget_rcpt,
		.xxfi_negotiate = rewrite_negotiate};
	struct smfiDesc noop = {.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = NOOP_ACTIONS,
		.xxfi_connect = noop_connect, .xxfi_envfrom = noop_args,
		.xxfi_envrcpt = noop_args, .xxfi_header = noop_header,
		.xxfi_eoh = noop_eoh, .xxfi_body = noop_body,
		.xxfi_eom = noop_end, .xxfi_abort = noop_end,
		.xxfi_close = noop_end, .xxfi_negotiate = noop_negotiate};

	if (argc == 3 && strcmp(argv[1], "noop") == 0)
		return run(&noop, argv[2]);
	if (argc > 3 && strcmp(argv[1], "rewrite") == 0) {
		labels = argv + 3;
		n_labels = (unsigned)argc - 3;
		return run(&rewrite, argv[2]);
	}
	fputs("usage: baseline_milter noop SOCKET\n"
	      "       baseline_milter rewrite SOCKET LABEL...\n", stderr);
	return EX_USAGE;
}
