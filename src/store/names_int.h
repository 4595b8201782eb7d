/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names_int: the word of each enum value, as rows hold it; NULL-terminated.
 */
#ifndef SL_STORE_NAMES_INT_H
#define SL_STORE_NAMES_INT_H

extern const char *const sl_store_job_kinds[];
extern const char *const sl_store_job_states[];
extern const char *const sl_store_build_steps[];
extern const char *const sl_store_build_states[];

#endif
