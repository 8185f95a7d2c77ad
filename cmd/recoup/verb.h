/* The verbs of the command: one file each, one row each in main.c. */
#ifndef RCP_CMD_RECOUP_VERB_H
#define RCP_CMD_RECOUP_VERB_H

/* Exit codes (DESIGN.md, "Command line"). */
enum rcp_exit {
    RCP_EXIT_AS_EXPECTED = 0,
    RCP_EXIT_NOT_AS_EXPECTED = 1,
    RCP_EXIT_BAD_INPUT = 2, /* usage, or a file: said on stderr */
    RCP_EXIT_STOPPED = 3,   /* nothing wrong found, but stopped by a bound or interrupted */
};

struct rcp_verb {
    const char *name;
    const char *summary;                         /* one line of `recoup --help` */
    const char *help;                            /* the page of `recoup VERB --help` */
    enum rcp_exit (*run)(int argc, char **argv); /* argv[0] is the verb */
};

extern const struct rcp_verb rcp_verb_run;
extern const struct rcp_verb rcp_verb_swarm;
extern const struct rcp_verb rcp_verb_twice;
extern const struct rcp_verb rcp_verb_explore;
extern const struct rcp_verb rcp_verb_replay;
extern const struct rcp_verb rcp_verb_shrink;
extern const struct rcp_verb rcp_verb_diagram;
extern const struct rcp_verb rcp_verb_check;
extern const struct rcp_verb rcp_verb_list;

#endif
