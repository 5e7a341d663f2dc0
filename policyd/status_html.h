/* status.html, as the build made it into bytes. */
#ifndef NEARPOST_POLICYD_STATUS_HTML_H
#define NEARPOST_POLICYD_STATUS_HTML_H

#include <stddef.h>

extern const unsigned char status_html[];
extern const size_t status_html_size;

#endif
