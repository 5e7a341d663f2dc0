/* Reads the whole of it, since GMime looks at much only when it is asked for. */
#include "tests/unit/advert_gmime.h"

#include <gmime/gmime.h>

#include "lib/base/codec.h"
#include "lib/base/crypto.h"

static void
on_warning(gint64 offset, GMimeParserWarning code, const gchar *item,
    gpointer ctx)
{
	buf_printf(ctx, "defect %d at %lld: %s\n", (int)code,
	    (long long)offset, item ? item : "");
}

static void
add_digest(struct buf *report, GMimeDataWrapper *content)
{
	GMimeStream *mem = g_mime_stream_mem_new();
	unsigned char digest[SHA256_SIZE];
	GByteArray *bytes;

	if (content)
		(void)g_mime_data_wrapper_write_to_stream(content, mem);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
	sha256(bytes->data, bytes->len, digest);
	hex_encode(report, digest, sizeof(digest));
	g_object_unref(mem);
}

static void
add_part(struct buf *report, GMimeObject *object, int depth)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	char *text = g_mime_content_type_get_mime_type(type);
	int i;

	buf_printf(report, "part %d %s ", depth, text);
	g_free(text);
	if (GMIME_IS_MULTIPART(object)) {
		GMimeMultipart *multi = GMIME_MULTIPART(object);

		buf_add_str(report, "- -\n");
		for (i = 0; i < g_mime_multipart_get_count(multi); i++)
			add_part(report, g_mime_multipart_get_part(multi, i),
			    depth + 1);
	} else if (GMIME_IS_PART(object)) {
		const char *name = g_mime_part_get_filename(GMIME_PART(object));

		add_digest(report, g_mime_part_get_content(GMIME_PART(object)));
		buf_printf(report, " %s\n", name ? name : "-");
	} else {
		buf_add_str(report, "? ?\n");
	}
}

static void
add_addresses(struct buf *report, const char *field, InternetAddressList *list)
{
	int i;

	for (i = 0; list && i < internet_address_list_length(list); i++) {
		InternetAddress *a = internet_address_list_get_address(list, i);

		buf_printf(report, "address %s %s\n", field,
		    INTERNET_ADDRESS_IS_MAILBOX(a) ?
		    internet_address_mailbox_get_addr(
		        INTERNET_ADDRESS_MAILBOX(a)) : "a group");
	}
}

void
advert_gmime(struct slice message, struct buf *report)
{
	GMimeParserOptions *options = g_mime_parser_options_new();
	GMimeStream *stream =
	    g_mime_stream_mem_new_with_buffer(message.data, message.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *m;
	const char *subject;

	g_mime_parser_options_set_warning_callback(options, on_warning, report);
	m = g_mime_parser_construct_message(parser, options);
	if (m) {
		add_part(report, g_mime_message_get_mime_part(m), 0);
		subject = g_mime_message_get_subject(m);
		buf_printf(report, "subject %s\n", subject ? subject : "");
		add_addresses(report, "From", g_mime_message_get_from(m));
		add_addresses(report, "To", g_mime_message_get_to(m));
		add_addresses(report, "Cc", g_mime_message_get_cc(m));
		add_addresses(report, "Bcc", g_mime_message_get_bcc(m));
		g_object_unref(m);
	} else {
		buf_add_str(report, "defect: no message\n");
	}
	g_object_unref(parser);
	g_object_unref(stream);
	g_mime_parser_options_free(options);
}
