/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include "base/mem.h"

void
sl_wipe(void *p, size_t len)
{
	if (p != NULL && len > 0)
		explicit_bzero(p, len);
}

void
sl_secret_set(struct sl_secret *s, struct sl_str bytes)
{
	char *copy = bytes.len ? sl_strndup(bytes.ptr, bytes.len) : NULL;

	sl_secret_release(s);
	s->ptr = copy;
	s->len = bytes.len;
}

void
sl_secret_release(struct sl_secret *s)
{
	sl_wipe(s->ptr, s->len);
	free(s->ptr);
	s->ptr = NULL;
	s->len = 0;
}

void
sl_buf_wipe(struct sl_buf *b)
{
	sl_wipe(b->ptr, b->room);
	sl_buf_release(b);
}
