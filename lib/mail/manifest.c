/* The manifest comes over the network and names files: a path is let in only
 * when it can lead nowhere but into the set. */
#include "lib/mail/manifest.h"

#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/text.h"

static const char first_line[] = "nearpost-manifest 1";

static const struct {
	const char *ending, *type;
} media_types[] = {
    {"aac", "audio/aac"}, {"avi", "video/x-msvideo"}, {"avif", "image/avif"},
    {"bmp", "image/bmp"}, {"conf", "text/plain"}, {"css", "text/css"},
    {"csv", "text/csv"}, {"eml", "message/rfc822"}, {"flac", "audio/flac"},
    {"gif", "image/gif"}, {"htm", "text/html"}, {"html", "text/html"},
    {"ics", "text/calendar"}, {"ico", "image/vnd.microsoft.icon"},
    {"jpeg", "image/jpeg"}, {"jpg", "image/jpeg"},
    {"json", "application/json"}, {"m4a", "audio/mp4"}, {"m4v", "video/mp4"},
    {"mkv", "video/x-matroska"}, {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"}, {"mp4", "video/mp4"}, {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"}, {"mustache", "text/plain"},
    {"oga", "audio/ogg"}, {"ogg", "audio/ogg"}, {"ogv", "video/ogg"},
    {"opus", "audio/ogg"}, {"pdf", "application/pdf"}, {"png", "image/png"},
    {"svg", "image/svg+xml"}, {"tif", "image/tiff"}, {"tiff", "image/tiff"},
    {"txt", "text/plain"}, {"vcf", "text/vcard"}, {"wav", "audio/wav"},
    {"weba", "audio/webm"}, {"webm", "video/webm"}, {"webp", "image/webp"},
    {"zip", "application/zip"},
};

const char *
manifest_media_type(const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t i;

	if (dot && !strchr(dot, '/'))
		for (i = 0; i < sizeof(media_types) / sizeof(media_types[0]); i++)
			if (slice_caseeq_str(slice_of(dot + 1),
			        media_types[i].ending))
				return media_types[i].type;
	return "application/octet-stream";
}

/* NULL when the path is fine. */
static const char *
path_fault(struct slice path)
{
	struct slice rest = path, part;

	if (path.len == 0 || path.len > MANIFEST_PATH_MAX)
		return "the path is empty or longer than 1024 octets";
	if (path.data[0] == '/' || path.data[path.len - 1] == '/')
		return "the path begins or ends with /";
	if (text_has_control(path) || memchr(path.data, '\t', path.len) ||
	    !text_is_utf8(path))
		return "the path has control characters or is no UTF-8";
	while (slice_split(&rest, '/', &part))
		if (part.len == 0 || part.data[0] == '.')
			return "the path has an empty, hidden, . or .. part";
	return NULL;
}

static bool
media_type_ok(struct slice type)
{
	size_t i, slashes = 0;

	for (i = 0; i < type.len; i++) {
		unsigned char c = (unsigned char)type.data[i];

		if (c == '/')
			slashes++;
		else if (c <= ' ' || c >= 0x7f || strchr("()<>@,;:\\\"[]?=", c))
			return false;
	}
	return slashes == 1 && type.len <= 127 && type.data[0] != '/' &&
	    type.data[type.len - 1] != '/';
}

static const char *
parse_line(struct manifest *m, struct slice line)
{
	struct manifest_file *f = &m->files[m->n];
	struct slice digest, size, type;
	struct buf raw = {0};
	const char *fault;

	if (!slice_split(&line, ' ', &digest) ||
	    !slice_split(&line, ' ', &size) || !slice_split(&line, ' ', &type))
		return "a line is: sha256, size, media type, path";
	if (digest.len != 2 * SHA256_SIZE || hex_decode(&raw, digest) == -1) {
		buf_free(&raw);
		return "the digest is not 64 hex digits";
	}
	memcpy(f->sha256, raw.data, SHA256_SIZE);
	buf_free(&raw);
	if (text_int(size, 0, INT64_MAX / 4, &f->size) == -1)
		return "the size is no number";
	if (!media_type_ok(type))
		return "the media type is not like image/png";
	fault = path_fault(line);
	if (fault)
		return fault;
	f->type = arena_strndup(m->arena, type.data, type.len);
	f->path = arena_strndup(m->arena, line.data, line.len);
	if (m->n && strcmp(m->files[m->n - 1].path, f->path) >= 0)
		return "the paths are not in order, each once";
	m->n++;
	return NULL;
}

static void
set_digest(struct manifest *m, struct slice text)
{
	unsigned char digest[SHA256_SIZE];
	struct buf out = {0};

	sha256(text.data, text.len, digest);
	buf_add_str(&out, "sha256:");
	hex_encode(&out, digest, sizeof(digest));
	memcpy(m->digest, out.data, MANIFEST_DIGEST_LEN);
	buf_free(&out);
}

struct manifest *
manifest_parse(struct slice text, char **error_r)
{
	struct arena *arena = arena_new();
	struct manifest *m = arena_alloc(arena, sizeof(*m));
	struct slice rest = text, line;
	const char *fault = NULL;
	size_t i, lines = 0, at = 1;

	m->arena = arena;
	for (i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	if (text.len > MANIFEST_SIZE_MAX || lines > MANIFEST_FILES_MAX + 1)
		fault = "the manifest is too long";
	else if (text.len == 0 || text.data[text.len - 1] != '\n')
		fault = "the last line is cut; copy the file again";
	else if (!slice_split(&rest, '\n', &line) ||
	    !slice_eq_str(line, first_line))
		fault = "the first line is not \"nearpost-manifest 1\"";
	if (!fault)
		m->files = arena_alloc(arena, lines * sizeof(*m->files));
	while (!fault && slice_split(&rest, '\n', &line)) {
		at++;
		fault = parse_line(m, line);
	}
	if (fault) {
		*error_r = xasprintf("MANIFEST:%zu: %s", at, fault);
		arena_free(&arena);
		return NULL;
	}
	set_digest(m, text);
	return m;
}

void
manifest_free(struct manifest **m)
{
	struct arena *arena;

	if (!*m)
		return;
	arena = (*m)->arena; /* holds *m itself */
	*m = NULL;
	arena_free(&arena);
}

static int
by_path(const void *key, const void *file)
{
	return strcmp(key, ((const struct manifest_file *)file)->path);
}

const struct manifest_file *
manifest_find(const struct manifest *m, const char *path)
{
	return m->n ? bsearch(path, m->files, m->n, sizeof(*m->files), by_path)
	            : NULL;
}

int
manifest_check(const struct manifest_file *f, struct slice content,
    char **error_r)
{
	unsigned char digest[SHA256_SIZE];

	if ((int64_t)content.len != f->size) {
		*error_r = xasprintf("%s: has %zu octets, the manifest says "
		    "%lld; copy the file again, or build and sign the set",
		    f->path, content.len, (long long)f->size);
		return -1;
	}
	sha256(content.data, content.len, digest);
	if (memcmp(digest, f->sha256, sizeof(digest)) != 0) {
		*error_r = xasprintf("%s: is not the file in the manifest (other "
		    "digest); copy it again, or build and sign the set", f->path);
		return -1;
	}
	return 0;
}

/* order: of the two paths. */
static bool
is_same(const struct manifest_file *a, const struct manifest_file *b, int order)
{
	return order == 0 && memcmp(a->sha256, b->sha256, SHA256_SIZE) == 0 &&
	    strcmp(a->type, b->type) == 0;
}

static void
add_change(struct buf *out, int order, const struct manifest_file *f,
    struct manifest_changes *sum)
{
	char size[32];

	*(order < 0 ? &sum->gone : order > 0 ? &sum->added : &sum->changed) += 1;
	sum->new_bytes += order < 0 ? 0 : f->size;
	text_human_bytes(size, sizeof(size), f->size);
	buf_printf(out, "%c %8s  %s\n",
	    order < 0 ? '-' : order > 0 ? '+' : '~', size, f->path);
}

struct manifest_changes
manifest_diff(const struct manifest *a, const struct manifest *b,
    struct buf *out)
{
	struct manifest_changes sum = {0};
	size_t i = 0, k = 0;

	buf_add(out, "", 0);
	while (i < a->n || k < b->n) {
		int order = i == a->n ? 1 : k == b->n ? -1
		    : strcmp(a->files[i].path, b->files[k].path);

		if (!is_same(&a->files[i], &b->files[k], order))
			add_change(out, order,
			    order < 0 ? &a->files[i] : &b->files[k], &sum);
		i += order <= 0;
		k += order >= 0;
	}
	return sum;
}
