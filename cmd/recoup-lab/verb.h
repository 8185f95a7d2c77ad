/* The verbs of recoup-lab: one file each, one row each in main.c. */
#ifndef RCP_CMD_RECOUP_LAB_VERB_H
#define RCP_CMD_RECOUP_LAB_VERB_H

/* Exit codes (DESIGN.md, "Command line"). */
enum rcp_lab_exit {
    RCP_LAB_EXIT_AS_EXPECTED = 0,
    RCP_LAB_EXIT_FAILED = 1, /* it could not do what it was asked to: said on stderr */
    RCP_LAB_EXIT_BAD_USAGE = 2,
};

struct rcp_lab_verb {
    const char *name;
    const char *summary;                             /* one line of `recoup-lab --help` */
    const char *help;                                /* the page of `recoup-lab VERB --help` */
    enum rcp_lab_exit (*run)(int argc, char **argv); /* argv[0] is the verb */
};

extern const struct rcp_lab_verb rcp_lab_verb_pg;

#endif
