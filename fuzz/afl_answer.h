/* Answers to afl-fuzz without the fork server between. */
#ifndef RCP_FUZZ_AFL_ANSWER_H
#define RCP_FUZZ_AFL_ANSWER_H

/* Before __AFL_INIT(), and after it. From there on a process answers by itself. */
void fuzz_answer_begin(void);
void fuzz_answer_named(void);

#endif
