/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/message.h"

#include <strings.h>

#include "base/oid.h"

void
sl_message_split(struct sl_str message, struct sl_str *subject,
    struct sl_str *body)
{
	const char *end;

	while (message.len && message.ptr[0] == '\n') {
		message.ptr++;
		message.len--;
	}
	end = message.len ? memchr(message.ptr, '\n', message.len) : NULL;
	if (!end) {
		*subject = message;
		*body = sl_strn("", 0);
		return;
	}
	*subject = sl_strn(message.ptr, (size_t)(end - message.ptr));
	*body = sl_strn(end + 1, message.len - subject->len - 1);
	while (body->len && body->ptr[0] == '\n') {
		body->ptr++;
		body->len--;
	}
}

bool
sl_message_trailer(struct sl_str line, struct sl_str name,
    struct sl_str *value)
{
	if (line.len <= name.len || line.ptr[name.len] != ':' ||
	    strncasecmp(line.ptr, name.ptr, name.len) != 0)
		return false;
	*value = sl_str_trim(sl_strn(line.ptr + name.len + 1,
	    line.len - name.len - 1));
	return true;
}

bool
sl_message_is_revert(struct sl_str subject, struct sl_str body)
{
	static const struct sl_str mark = { "This reverts commit ", 20 };
	struct sl_str line;
	struct sl_oid oid;

	if ((!sl_str_starts(subject, "Revert \"") &&
		!sl_str_starts(subject, "Reapply \"")) ||
	    !sl_str_ends(subject, "\""))
		return false;
	while (sl_str_take_line(&body, &line))
		if (sl_str_starts(line, mark.ptr) &&
		    line.len >= mark.len + SL_OID_HEX &&
		    sl_oid_parse(sl_strn(line.ptr + mark.len, SL_OID_HEX),
			&oid) == SL_OK)
			return true;
	return false;
}

/* "NAME <ADDRESS>" */
static bool
is_stamp_of(struct sl_str text, const struct sl_person_stamp *who)
{
	const char *open = text.len ? memrchr(text.ptr, '<', text.len) : NULL;
	struct sl_str name, email;

	if (!open || text.ptr[text.len - 1] != '>')
		return false;
	name = sl_str_trim(sl_strn(text.ptr, (size_t)(open - text.ptr)));
	email = sl_strn(open + 1,
	    (size_t)(text.ptr + text.len - open) - 2);
	if (!who)
		return name.len > 0 && email.len > 0;
	return sl_str_eq(name, sl_str_trim(who->name)) &&
	    email.len == who->email.len &&
	    strncasecmp(email.ptr, who->email.ptr, email.len) == 0;
}

bool
sl_message_is_signed_off(struct sl_str body,
    const struct sl_person_stamp *who)
{
	struct sl_str line, value;

	while (sl_str_take_line(&body, &line))
		if (sl_message_trailer(line, SL_STR("Signed-off-by"), &value) &&
		    is_stamp_of(value, who))
			return true;
	return false;
}
