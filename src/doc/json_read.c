/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as RFC 8259 has it, nothing more, with the place of every value. */
#include "base/text.h"
#include "doc/doc_int.h"

struct scanner {
	struct sl_builder builder;
	struct sl_str text;
	size_t at;
	size_t line_start;
	unsigned line;
	struct sl_buf word; /* the string or number being read */
};

static unsigned
column(const struct scanner *s)
{
	return (unsigned)(s->at - s->line_start + 1);
}

/* The next byte, or -1 at the end. */
static int
peek(const struct scanner *s)
{
	return s->at < s->text.len ? (uint8_t)s->text.ptr[s->at] : -1;
}

static int
refuse(const struct scanner *s, struct sl_error *err, const char *why)
{
	return sl_error_at(err, SL_EINVAL, s->builder.doc->file, s->line,
	    column(s), "%s", why);
}

static void
skip_blanks(struct scanner *s)
{
	for (int c; (c = peek(s)) == ' ' || c == '\t' || c == '\n' || c == '\r';
	     s->at++) {
		if (c == '\n') {
			s->line++;
			s->line_start = s->at + 1;
		}
	}
}

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int
read_hex4(struct scanner *s, uint32_t *out, struct sl_error *err)
{
	uint8_t bytes[2];

	if (s->text.len - s->at < 4 ||
	    sl_hex_decode(sl_strn(s->text.ptr + s->at, 4), bytes) < 0)
		return refuse(s, err,
		    "\\u needs four hexadecimal digits after it");
	*out = (uint32_t)bytes[0] << 8 | bytes[1];
	s->at += 4;
	return SL_OK;
}

/* After "\u": one code point, which may take a second escape. */
static int
read_unicode(struct scanner *s, struct sl_error *err)
{
	uint32_t high, low = 0;

	if (read_hex4(s, &high, err) < 0)
		return SL_EINVAL;
	if (high >= 0xdc00 && high <= 0xdfff)
		return refuse(s, err, "the second half of a surrogate pair "
				      "without the first");
	if (high >= 0xd800 && high <= 0xdbff) {
		if (s->text.len - s->at < 2 || s->text.ptr[s->at] != '\\' ||
		    s->text.ptr[s->at + 1] != 'u')
			return refuse(s, err, "the first half of a surrogate "
					      "pair without the second");
		s->at += 2;
		if (read_hex4(s, &low, err) < 0)
			return SL_EINVAL;
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(s, err, "the first half of a surrogate "
					      "pair without the second");
		high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	}
	sl_utf8_encode(&s->word, high);
	return SL_OK;
}

static int
read_escape(struct scanner *s, struct sl_error *err)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	int c = peek(s);
	const char *found = c > 0 ? strchr(from, c) : NULL;

	if (c == 'u') {
		s->at++;
		return read_unicode(s, err);
	}
	if (found == NULL)
		return refuse(s, err, "unknown escape in a string");
	sl_buf_addc(&s->word, to[found - from]);
	s->at++;
	return SL_OK;
}

/* At the opening quote; leaves the text in s->word. */
static int
read_string(struct scanner *s, struct sl_error *err)
{
	sl_buf_clear(&s->word);
	for (s->at++;;) {
		struct sl_str rest = { s->text.ptr + s->at,
			s->text.len - s->at };
		uint32_t code;
		size_t n;

		switch (peek(s)) {
		case -1:
			return refuse(s, err, "the file ends inside a string");
		case '"':
			s->at++;
			return SL_OK;
		case '\\':
			s->at++;
			if (read_escape(s, err) < 0)
				return SL_EINVAL;
			continue;
		default:
			break;
		}
		n = sl_utf8_decode(rest, &code);
		if (n == 0)
			return refuse(s, err, "a byte that is not UTF-8");
		if (code < 0x20)
			return refuse(s, err, "a control character in a "
					      "string; write it as an escape");
		sl_buf_add(&s->word, rest.ptr, n);
		s->at += n;
	}
}

static size_t
take_digits(struct scanner *s)
{
	size_t n = 0;

	for (; is_digit(peek(s)); n++)
		sl_buf_addc(&s->word, s->text.ptr[s->at++]);
	return n;
}

static bool
take_one(struct scanner *s, const char *set)
{
	int c = peek(s);

	if (c <= 0 || strchr(set, c) == NULL)
		return false;
	sl_buf_addc(&s->word, (char)c);
	s->at++;
	return true;
}

/* Exponents up to 9 digits: the canonical form computes with them. */
static int
read_exponent(struct scanner *s, struct sl_error *err)
{
	size_t n;

	take_one(s, "+-");
	while (peek(s) == '0' && s->at + 1 < s->text.len &&
	    is_digit((uint8_t)s->text.ptr[s->at + 1]))
		sl_buf_addc(&s->word, s->text.ptr[s->at++]);
	n = take_digits(s);
	if (n == 0)
		return refuse(s, err, "a number's exponent needs digits");
	if (n > 9)
		return refuse(s, err, "a number's exponent is too large");
	return SL_OK;
}

static int
read_number(struct scanner *s, struct sl_error *err)
{
	sl_buf_clear(&s->word);
	take_one(s, "-");
	if (!take_one(s, "0") && take_digits(s) == 0)
		return refuse(s, err, "a number needs digits");
	if (is_digit(peek(s)))
		return refuse(s, err, "a number cannot start with 0");
	if (take_one(s, ".") && take_digits(s) == 0)
		return refuse(s, err, "a number needs digits after the point");
	if (take_one(s, "eE"))
		return read_exponent(s, err);
	return SL_OK;
}

static int
read_word(struct scanner *s, struct sl_error *err)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < SL_COUNT(words); i++) {
		struct sl_str rest = { s->text.ptr + s->at,
			s->text.len - s->at };

		if (!sl_str_starts(rest, words[i]))
			continue;
		sl_buf_clear(&s->word);
		sl_buf_adds(&s->word, words[i]);
		s->at += strlen(words[i]);
		return SL_OK;
	}
	return refuse(s, err, "a JSON value was expected here");
}

/* A string, number or word; a key is a string that the builder waits for. */
static int
read_scalar(struct scanner *s, struct sl_error *err)
{
	struct sl_node like = { .line = s->line, .col = column(s) };
	int c = peek(s), rc;

	if (c == '"') {
		like.style = SL_STYLE_STRING;
		rc = read_string(s, err);
	} else if (c == '-' || is_digit(c)) {
		like.style = SL_STYLE_NUMBER;
		rc = read_number(s, err);
	} else {
		like.style = SL_STYLE_WORD;
		rc = read_word(s, err);
	}
	if (rc < 0)
		return rc;
	like.text = sl_buf_str(&s->word);
	return sl_builder_scalar(&s->builder, &like, NULL, err);
}

static int
read_key(struct scanner *s, struct sl_error *err)
{
	int rc;

	if (peek(s) != '"')
		return refuse(s, err, "a key in double quotes was expected");
	rc = read_scalar(s, err);
	if (rc < 0)
		return rc;
	skip_blanks(s);
	if (peek(s) != ':')
		return refuse(s, err, "a ':' was expected after the key");
	s->at++;
	skip_blanks(s);
	return SL_OK;
}

static int
closing(const struct scanner *s)
{
	const struct sl_builder *b = &s->builder;

	return b->frames[b->depth - 1].node->kind == SL_NODE_MAP ? '}' : ']';
}

/* After a value: close what ends here, up to the next comma or the end. */
static int
read_ends(struct scanner *s, struct sl_error *err)
{
	while (s->builder.depth > 0) {
		char *anchor;

		skip_blanks(s);
		if (peek(s) == ',') {
			s->at++;
			skip_blanks(s);
			if (peek(s) == closing(s))
				return refuse(s, err,
				    "no comma may stand before this");
			return SL_OK;
		}
		if (peek(s) != closing(s))
			return refuse(s, err,
			    closing(s) == '}' ? "a ',' or '}' was expected" :
						"a ',' or ']' was expected");
		s->at++;
		(void)sl_builder_close(&s->builder, &anchor);
	}
	return SL_OK;
}

/* One value, up to the next one: what it opens stays open. */
static int
read_value(struct scanner *s, struct sl_error *err)
{
	int c, rc;

	if (sl_builder_wants_key(&s->builder)) {
		rc = read_key(s, err);
		if (rc < 0)
			return rc;
	}
	c = peek(s);
	if (c != '{' && c != '[') {
		rc = read_scalar(s, err);
		return rc < 0 ? rc : read_ends(s, err);
	}
	rc = sl_builder_open(&s->builder, c == '{' ? SL_NODE_MAP : SL_NODE_LIST,
	    s->line, column(s), NULL, err);
	if (rc < 0)
		return rc;
	s->at++;
	skip_blanks(s);
	return peek(s) == closing(s) ? read_ends(s, err) : SL_OK;
}

static int
read_document(struct scanner *s, struct sl_error *err)
{
	skip_blanks(s);
	if (peek(s) < 0)
		return refuse(s, err, "the file holds no value");
	do {
		int rc = read_value(s, err);

		if (rc < 0)
			return rc;
	} while (s->builder.depth > 0);
	skip_blanks(s);
	if (peek(s) >= 0)
		return refuse(s, err, "nothing may follow the value");
	return SL_OK;
}

static void
scanner_release(struct scanner *s)
{
	sl_builder_release(&s->builder);
	sl_buf_release(&s->word);
}

int
sl_doc_parse_json(const char *name, struct sl_str text,
    const struct sl_doc_limits *limits, struct sl_doc **out,
    struct sl_error *err)
{
	SL_CLEANUP(scanner_release)
	struct scanner s = { .text = text, .line = 1 };
	int rc = sl_builder_init(&s.builder, name, text.len, limits, err);

	if (rc < 0)
		return rc;
	/* What is decoded is never longer than what it is decoded from. */
	sl_buf_init(&s.word, text.len + 4);
	if (sl_str_starts(text, "\xef\xbb\xbf"))
		return refuse(&s, err, "JSON has no byte order mark");
	rc = read_document(&s, err);
	if (rc == SL_OK)
		*out = sl_builder_take(&s.builder);
	return rc;
}
