/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attr: the compiler extensions that sluice uses on purpose, under one name.
 */
#ifndef SL_BASE_ATTR_H
#define SL_BASE_ATTR_H

#define SL_MUST_CHECK __attribute__((warn_unused_result))
#define SL_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define SL_NORETURN __attribute__((noreturn))
#define SL_UNUSED __attribute__((unused))

/**
 * Run fn(&variable) when the variable leaves its scope.
 *
 * fn takes a pointer to the variable: `_release` functions fit structs in the
 * caller's storage, `_freep` functions fit heap pointers.
 */
#define SL_CLEANUP(fn) __attribute__((cleanup(fn)))

/** Hand a heap pointer on: yield *pp and set it to NULL. */
#define sl_steal(pp)                                                           \
	__extension__({                                                        \
		__typeof__(*(pp)) stolen_ = *(pp);                             \
		*(pp) = NULL;                                                  \
		stolen_;                                                       \
	})

/** Number of elements of an array (not of a pointer). */
#define SL_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Define `static inline void name(type *p)`, a clean-up for heap pointers. */
#define SL_DEFINE_FREEP(type, free_fn, name)                                   \
	static inline void name(type **p)                                      \
	{                                                                      \
		free_fn(*p);                                                   \
		*p = NULL;                                                     \
	}

#endif
