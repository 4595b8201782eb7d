/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
	int code;
	const char *name;
} code_names[] = {
	{ SL_OK, "ok" },
	{ SL_EINVAL, "invalid" },
	{ SL_ENOTFOUND, "not-found" },
	{ SL_EEXIST, "exists" },
	{ SL_ETOOBIG, "too-big" },
	{ SL_EIO, "io" },
	{ SL_ECONFIG, "configuration" },
	{ SL_ELIMIT, "limit" },
	{ SL_ECORRUPT, "corrupt" },
	{ SL_EUNSUPPORTED, "unsupported" },
	{ SL_EBUSY, "busy" },
	{ SL_ECONFLICT, "conflict" },
	{ SL_ENET, "network" },
	{ SL_EREMOTE, "remote" },
	{ SL_EDENIED, "denied" },
	{ SL_ETAMPERED, "tampered" },
	{ SL_EREFUSED, "refused" },
};

/* Room for the raw text before escaping; escapes make it longer. */
#define RAW_MAX 4096

static void SL_PRINTF(2, 0)
set_text(struct sl_error *err, const char *fmt, va_list ap)
{
	char raw[RAW_MAX];
	int n = vsnprintf(raw, sizeof(raw), fmt, ap);

	if (n < 0)
		n = snprintf(raw, sizeof(raw), "(message could not be formatted)");
	if ((size_t)n >= sizeof(raw))
		n = (int)sizeof(raw) - 1;
	sl_text_escape_into(raw, (size_t)n, err->text, sizeof(err->text));
}

int
sl_error_vset(struct sl_error *err, int code, const char *fmt, va_list ap)
{
	if (err == NULL)
		return code;
	err->code = code;
	err->foreign = 0;
	err->place[0] = '\0';
	set_text(err, fmt, ap);
	return code;
}

int
sl_error_set(struct sl_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sl_error_vset(err, code, fmt, ap);
	va_end(ap);
	return code;
}

int
sl_error_at(struct sl_error *err, int code, const char *file, unsigned line,
    unsigned col, const char *fmt, ...)
{
	char name[SL_ERROR_PLACE_MAX - 32];
	va_list ap;

	if (err == NULL)
		return code;
	va_start(ap, fmt);
	sl_error_vset(err, code, fmt, ap);
	va_end(ap);
	sl_text_escape_into(file, strlen(file), name, sizeof(name));
	if (line == 0)
		snprintf(err->place, sizeof(err->place), "%s", name);
	else if (col == 0)
		snprintf(err->place, sizeof(err->place), "%s:%u", name, line);
	else
		snprintf(err->place, sizeof(err->place), "%s:%u:%u", name, line,
		    col);
	return code;
}

int
sl_error_errno(struct sl_error *err, int errno_value, const char *fmt, ...)
{
	char raw[SL_ERROR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	sl_error_set(err, SL_EIO, "%s: %s", raw, strerror(errno_value));
	if (err != NULL)
		err->foreign = errno_value;
	return SL_EIO;
}

int
sl_error_wrap(struct sl_error *err, const char *fmt, ...)
{
	char prefix[SL_ERROR_TEXT_MAX / 2];
	char raw[SL_ERROR_TEXT_MAX / 2];
	char old[SL_ERROR_TEXT_MAX];
	va_list ap;
	size_t used;

	if (err == NULL)
		return SL_EINVAL;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	sl_text_escape_into(raw, strlen(raw), prefix, sizeof(prefix));
	memcpy(old, err->text, sizeof(old));
	used = (size_t)snprintf(err->text, sizeof(err->text), "%s: ", prefix);
	/* The old text is escaped already; escaping twice would mangle it. */
	sl_text_cut_into(old, err->text + used, sizeof(err->text) - used);
	return err->code;
}

void
sl_error_clear(struct sl_error *err)
{
	memset(err, 0, sizeof(*err));
}

void
sl_error_format(const struct sl_error *err, char *out, size_t size)
{
	if (err->place[0] != '\0')
		snprintf(out, size, "%s: %s", err->place, err->text);
	else
		snprintf(out, size, "%s", err->text);
}

const char *
sl_err_name(int code)
{
	for (size_t i = 0; i < SL_COUNT(code_names); i++)
		if (code_names[i].code == code)
			return code_names[i].name;
	return "unknown";
}

bool
sl_err_is_transient(int code)
{
	return code == SL_EBUSY || code == SL_ENET || code == SL_ECONFLICT;
}
