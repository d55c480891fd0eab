// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"
)

// globals are the flags that every command knows.
type globals struct {
	dir  string
	json bool
}

func newRoot() *cobra.Command {
	g := &globals{}
	root := &cobra.Command{
		Use:   "seinhuis",
		Short: "Hardened gateway for the early detection of arrears (vroegsignalering)",
		Long: `Seinhuis takes signed and encrypted arrears reports from creditors, checks them
against law and agreement, seals each to the one municipality that may read it,
and brings back signed receipts and pauses of collection.

New here? Run: seinhuis demo`,
		SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cmd.Help()
			return usage(errors.New("a command is needed"))
		},
	}
	home := os.Getenv("SEINHUIS_DIR")
	if home == "" {
		home = "."
	}
	root.PersistentFlags().StringVar(&g.dir, "dir", home, "installation directory (or set SEINHUIS_DIR)")
	root.PersistentFlags().BoolVar(&g.json, "json", false, "print one JSON value for machines")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(newInit(g), newServe(g), newDemo(g), newDoctor(g), newParty(g), newAgreement(g), newMunicipality(g),
		newPolicy(g), newRouting(g), newKeys(g), newAudit(g), newPerson(g), newRequest(g), newAlarms(g), newAgeing(g),
		newRetention(g), newHold(g), newReport(g), newOfficer(g), newBackup(g), newMigrate(g), newCluster(g), newReady(g))
	return root
}
