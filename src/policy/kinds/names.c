/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/names.h"

#include "base/text.h"

/* A file of Git's: its name, and how NTFS shortens that where ~1 to ~4 are
 * taken: two letters and four digits of a checksum. */
struct dotfile {
	const char *name;
	const char *shortened;
};

static const struct dotfile dotfiles[] = {
	{ ".gitmodules", "gi7eba" },
	{ ".gitattributes", "gi7d29" },
	{ ".gitignore", "gi250a" },
	{ ".mailmap", "maba30" },
};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Whether s begins with a text in lower case, whatever the case of s. */
static bool
begins(struct sl_str s, const char *text, size_t len)
{
	if (s.len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (lower(s.ptr[i]) != text[i])
			return false;
	return true;
}

/* --- HFS+ --- */

/* Characters that HFS+ ignores when it compares names. */
static bool
is_ignored(uint32_t c)
{
	return (c >= 0x200c && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x206a && c <= 0x206f) || c == 0xfeff;
}

/* The next character that counts, or 0 at the end. What is not UTF-8 is an
 * end too, as it is to Git. */
static uint32_t
next_counting(struct sl_str *s)
{
	uint32_t code;
	size_t n;

	do {
		n = s->len ? sl_utf8_decode(*s, &code) : 0;
		if (n == 0)
			return 0;
		*s = sl_strn(s->ptr + n, s->len - n);
	} while (is_ignored(code));
	return code;
}

static bool
hfs_takes_for(struct sl_str part, const char *name)
{
	for (; *name; name++) {
		uint32_t c = next_counting(&part);

		if (c >= 0x80 || lower((char)c) != *name)
			return false;
	}
	return next_counting(&part) == 0;
}

/* --- NTFS --- */

/* Whether only what NTFS drops follows: dots and blanks, then a stream. */
static bool
is_dropped(struct sl_str rest)
{
	size_t i = 0;

	while (i < rest.len && (rest.ptr[i] == '.' || rest.ptr[i] == ' '))
		i++;
	return i == rest.len || rest.ptr[i] == ':';
}

static bool
begins_and_ends(struct sl_str part, const char *text)
{
	size_t len = strlen(text);

	return begins(part, text, len) &&
	    is_dropped(sl_strn(part.ptr + len, part.len - len));
}

/* "gitmod~1" to "gitmod~4". */
static bool
is_short_name(struct sl_str part, const char *name)
{
	return part.len >= 8 && begins(part, name + 1, 6) &&
	    part.ptr[6] == '~' && part.ptr[7] >= '1' && part.ptr[7] <= '4' &&
	    is_dropped(sl_strn(part.ptr + 8, part.len - 8));
}

/* Eight characters: a beginning of the checksum name, '~', a number. */
static bool
is_checksum_name(struct sl_str part, const char *shortened)
{
	size_t i = 0;

	if (part.len < 8)
		return false;
	while (i < 6 && part.ptr[i] != '~')
		i++;
	if (part.ptr[i] != '~' || !begins(part, shortened, i))
		return false;
	if (part.ptr[++i] == '0')
		return false;
	for (; i < 8; i++)
		if (part.ptr[i] < '0' || part.ptr[i] > '9')
			return false;
	return is_dropped(sl_strn(part.ptr + 8, part.len - 8));
}

/* --- what is asked --- */

const char *
sl_name_is_git(struct sl_str part)
{
	if (part.len == 0)
		return "an empty part";
	if (sl_str_eqs(part, ".") || sl_str_eqs(part, ".."))
		return "\".\" or \"..\"";
	if (memchr(part.ptr, '\\', part.len))
		return "a backslash";
	if (hfs_takes_for(part, ".git") || begins_and_ends(part, ".git") ||
	    begins_and_ends(part, "git~1"))
		return "a name that some systems take for .git";
	return NULL;
}

const char *
sl_name_is_dotfile(struct sl_str part)
{
	for (size_t i = 0; i < SL_COUNT(dotfiles); i++) {
		const struct dotfile *d = &dotfiles[i];

		if (hfs_takes_for(part, d->name) ||
		    begins_and_ends(part, d->name) ||
		    is_short_name(part, d->name) ||
		    is_checksum_name(part, d->shortened))
			return d->name;
	}
	return NULL;
}

/* The length of a device's name that s begins with, or 0. */
static size_t
device(struct sl_str s)
{
	static const char *const names[] = { "con", "prn", "aux", "nul",
		"conin$", "conout$", NULL };
	/* The superscripts of Latin-1, which count as digits. */
	static const char *const digits[] = { "1", "2", "3", "4", "5", "6",
		"7", "8", "9", "\xc2\xb9", "\xc2\xb2", "\xc2\xb3", NULL };
	size_t best = 0;

	for (size_t i = 0; names[i]; i++)
		if (begins(s, names[i], strlen(names[i])))
			best = strlen(names[i]);
	if (!begins(s, "com", 3) && !begins(s, "lpt", 3))
		return best;
	for (size_t i = 0; digits[i]; i++)
		if (sl_str_starts(sl_strn(s.ptr + 3, s.len - 3), digits[i]))
			return 3 + strlen(digits[i]);
	return best;
}

static bool
is_device(struct sl_str part)
{
	size_t i = device(part);

	if (i == 0)
		return false;
	while (i < part.len && part.ptr[i] == ' ')
		i++;
	return i == part.len || part.ptr[i] == '.' || part.ptr[i] == ':';
}

const char *
sl_name_not_windows(struct sl_str part)
{
	char last = part.len ? part.ptr[part.len - 1] : 'x';

	for (size_t i = 0; i < part.len; i++)
		if (strchr("<>:\"|?*\\", part.ptr[i]) ||
		    (unsigned char)part.ptr[i] < 0x20)
			return "a character that Windows refuses in names";
	if (is_device(part))
		return "the name of a device of Windows";
	if (last == '.' || last == ' ')
		return "a final dot or blank, which Windows drops";
	return NULL;
}

const char *
sl_name_has_control(struct sl_str text)
{
	while (text.len) {
		uint32_t c;
		size_t n = sl_utf8_decode(text, &c);

		if (n == 0) {
			n = 1;
			c = (unsigned char)*text.ptr < 0x80 ? 0 : 'x';
		}
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			return "a control character";
		if (c == 0x2028 || c == 0x2029)
			return "a line separator";
		if ((c >= 0x202a && c <= 0x202e) ||
		    (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f)
			return "a character that turns the direction of text";
		text = sl_strn(text.ptr + n, text.len - n);
	}
	return NULL;
}
