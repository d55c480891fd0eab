// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// soon is how far ahead the doctor warns of what ends.
const soon = 30 * 24 * time.Hour

// health is how a check came out.
type health string

const (
	healthy health = "ok"
	warning health = "warning" // works today
	failing health = "FAILED"  // does not work, or may not be trusted
)

// finding is one line of the doctor.
type finding struct {
	Check  string `json:"check"`
	Health health `json:"health"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"`
	Who    keeper `json:"who,omitempty"` // must act; the operator when empty
}

// doctor examines one installation. It changes nothing.
type doctor struct {
	dir      string
	with     string // profile that was asked for
	config   config
	now      time.Time
	findings []finding
}

func newDoctor(g *globals) *cobra.Command {
	var with string
	c := &cobra.Command{
		Use: "doctor", Short: "Check an installation and say what to do about each fault", Args: exactly(0),
		Long: `Checks configuration, certificates, revocation list, keyring, routing table, policy,
database, log, its index, clock, disk, file modes, parties, agreements, reorganisations, open requests, open alarms and overdue data. It changes nothing and
may run beside the gateway. Of a node of a cluster it also checks PostgreSQL as every role,
the S3 store, Vault and who has the watch, and says whose task each remedy is. Exit code 1 when a check fails; a warning is no failure.`,
		Example: "  seinhuis doctor --dir /var/lib/seinhuis\n  seinhuis doctor --dir /etc/seinhuis --profile cluster",
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := &doctor{dir: g.dir, with: with, now: time.Now()}
			if err := d.examine(cmd.Context()); err != nil {
				return err
			}
			if err := show(cmd, g, d.findings, d.print); err != nil {
				return err
			}
			failed := 0
			for _, f := range d.findings {
				if f.Health == failing {
					failed++
				}
			}
			if failed > 0 {
				return fmt.Errorf("%d of %d checks failed", failed, len(d.findings))
			}
			return nil
		},
	}
	c.Flags().StringVar(&with, "profile", "", profileUsage)
	return c
}

// examine runs every check. Only an installation that cannot be found at all is
// an error: everything else is a finding, and one fault hides no other.
func (d *doctor) examine(ctx context.Context) error {
	var err error
	if d.config, err = readConfig(d.dir); err != nil {
		return err
	}
	if err := d.config.agrees(d.with); err != nil {
		return err
	}
	d.ok("configuration", "%s is complete", configFile)
	d.modes()
	if d.config.cluster() {
		d.engines(ctx)
	} else {
		d.disk()
	}
	d.serverCertificate()
	d.clientCAs()
	d.trialAuthority()
	d.keyring(ctx)
	d.table()
	d.policy()
	d.store(ctx)
	return nil
}

// store checks what needs the database; one that cannot be opened is one fault.
func (d *doctor) store(ctx context.Context) {
	b, err := openBooks(ctx, &globals{dir: d.dir})
	if err != nil && d.config.cluster() {
		d.fail("database", err, "see the lines of PostgreSQL and S3")
		return
	}
	if err != nil {
		d.fail("database", err, "restore it from a backup, as in docs/runbooks/restore.md; the gateway cannot run without it")
		return
	}
	if !d.config.cluster() {
		d.database(ctx)
	}
	d.log(ctx, b)
	d.index(ctx, b)
	d.clock(ctx, b)
	d.parties(ctx, b)
	d.agreements(ctx, b)
	d.webhooks(ctx, b)
	d.processing(ctx, b)
	d.reorganisations(ctx, b)
	d.requests(ctx, b)
	d.alarms(ctx, b)
	d.adopted(ctx, b)
	d.retention(ctx, b)
	if err := b.truth.Close(); err != nil {
		d.fail("database", err, "look at the disk")
	}
}

func (d *doctor) ok(check, format string, args ...any) {
	d.findings = append(d.findings, finding{check, healthy, fmt.Sprintf(format, args...), "", ""})
}

func (d *doctor) warn(check, detail, remedy string) {
	d.findings = append(d.findings, finding{check, warning, detail, remedy, ""})
}

func (d *doctor) fail(check string, err error, remedy string) {
	d.findings = append(d.findings, finding{check, failing, err.Error(), remedy, ""})
}

// ends judges a last moment: past fails, near warns. It reports whether it
// said something.
func (d *doctor) ends(check, what string, at time.Time, remedy string) bool {
	left := at.Sub(d.now)
	switch {
	case left <= 0:
		d.fail(check, fmt.Errorf("%s ended on %s", what, day(at)), remedy)
	case left < soon:
		d.warn(check, fmt.Sprintf("%s ends on %s, in %d days", what, day(at), int(left.Hours()/24)), remedy)
	default:
		return false
	}
	return true
}

func (d *doctor) print(w io.Writer) {
	for _, f := range d.findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Health, f.Check, f.Detail)
		switch {
		case f.Remedy == "":
		case f.Who == "":
			fmt.Fprintf(w, "\t\tremedy: %s\n", f.Remedy)
		default:
			fmt.Fprintf(w, "\t\tremedy (%s): %s\n", f.Who, f.Remedy)
		}
	}
}
