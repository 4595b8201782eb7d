/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build_fake_int: what the files of the fake share.
 */
#ifndef SL_TESTS_BUILD_FAKE_INT_H
#define SL_TESTS_BUILD_FAKE_INT_H

#include "build_fake.h"

#include "base/mem.h"

/** Count a call; true where it is the one to fail. */
bool fake_strikes(struct fake *f);

/** The failure of a call whose answer is lost. */
int fake_lost(struct fake *f, struct sl_error *err);

int fake_missing(struct sl_error *err, const char *what, const char *name);

/** At the head of each call: fail without effect. */
#define BEFORE(e)                                                              \
	bool strike_ = fake_strikes((e)->fake);                                \
	if (strike_ && !(e)->fake->with_effect)                                \
	return fake_lost((e)->fake, err)

/** At its end: fail with the effect done. */
#define AFTER(e)                                                               \
	if (strike_)                                                           \
		return fake_lost((e)->fake, err);                              \
	return SL_OK

/** Enter the calls of SageMaker. */
void fake_fill_sagemaker(struct sl_remote_ops *ops);

/** Free what SageMaker keeps of an environment. */
void fake_release_sagemaker(struct fake_environment *e);

#endif
