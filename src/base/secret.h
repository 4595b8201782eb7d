/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret: bytes that must not be printed, copied about or left in memory.
 *
 * The only way to hold a secret key, a session token or a derived key. There
 * is no formatting function on purpose. Storage is wiped on release.
 */
#ifndef SL_BASE_SECRET_H
#define SL_BASE_SECRET_H

#include "base/buf.h"

struct sl_secret {
	char *ptr; /* NUL-terminated; NULL when empty */
	size_t len;
};

#define SL_SECRET_INIT { NULL, 0 }

/** Copy bytes into s, wiping what it held. The caller wipes its own copy. */
void sl_secret_set(struct sl_secret *s, struct sl_str bytes);

/** Wipe and free; s is empty and usable again. */
void sl_secret_release(struct sl_secret *s);

/** A view for signing or sending; valid until s changes. */
static inline struct sl_str
sl_secret_view(const struct sl_secret *s)
{
	return (struct sl_str){ s->ptr, s->len };
}

/** Overwrite memory in a way that the compiler keeps. */
void sl_wipe(void *p, size_t len);

/** Wipe a buffer's whole storage, then release it. */
void sl_buf_wipe(struct sl_buf *b);

#endif
