// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/webhook"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
)

func newPartyWebhook(g *globals) *cobra.Command {
	return group("webhook", "Say where a party hears that something waits for it", `A webhook is an https address to which the gateway posts a small signed event
when notices (berichten) or signals (signalen) wait for the party. The event
says nothing about them: the party comes and fetches. Hosts must be on the
list webhooks.hosts in seinhuis.yaml. A running gateway follows within a second.`,
		newWebhookSet(g), newWebhookShow(g), newWebhookRemove(g), newWebhookReplay(g))
}

// withWebhooks runs a command on the webhooks of an installation.
func withWebhooks(cmd *cobra.Command, g *globals, do func(*books, *announce.Desk) error) error {
	return withBooks(cmd.Context(), g, func(b *books) error {
		list, err := b.config.allowlist()
		if err != nil {
			return notReady(err)
		}
		return do(b, announce.NewDesk(b.truth.Webhooks, list, func() time.Time { return b.now }))
	})
}

func newWebhookSet(g *globals) *cobra.Command {
	var url string
	var notices, signals bool
	c := &cobra.Command{
		Use: "set OIN --url URL", Short: "Set or change a party's webhook", Args: exactly(1),
		Long: `Sets the address of a party's webhook. Without --berichten and --signalen it is
about everything that can wait for a party of its kind. To a new address goes one
event for each subject of which there ever was something.

Compare the address with the party, by another way than it came.`,
		Example: "  seinhuis party webhook set 00000099000000220001 --url https://koppeling.nijmegen.example/seinhuis --signalen",
		RunE: func(cmd *cobra.Command, args []string) error {
			var wrong wrongFlags
			to, err := announce.ParseAddress(url)
			wrong.add("url", err)
			if err := wrong.err(); err != nil {
				return err
			}
			return withWebhooks(cmd, g, func(b *books, desk *announce.Desk) error {
				p, err := b.known(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if _, err := desk.Set(cmd.Context(), p, to, chosen(p, notices, signals)); err != nil {
					return b.listed(err)
				}
				return b.showWebhooks(cmd, g, desk, p.OIN)
			})
		},
	}
	c.Flags().StringVar(&url, "url", "", "https address (required)")
	c.Flags().BoolVar(&notices, "berichten", false, "announce notices")
	c.Flags().BoolVar(&signals, "signalen", false, "announce signals in the mailbox of a municipality")
	return c
}

// chosen are the subjects of the flags, or all of the party's kind.
func chosen(p gateway.Party, notices, signals bool) (subjects []announce.Subject) {
	if !notices && !signals {
		return announce.SubjectsOf(p.Kind)
	}
	if notices {
		subjects = append(subjects, announce.Notices)
	}
	if signals {
		subjects = append(subjects, announce.Signals)
	}
	return subjects
}

// listed adds to a refusal what the list is.
func (b *books) listed(err error) error {
	if !errors.Is(err, webhook.ErrNotListed) {
		return err
	}
	list, _ := b.config.allowlist()
	return fmt.Errorf("%w; webhooks in %s allows: %s", err, configFile, list)
}

// webhookView is a webhook as the commands print it.
type webhookView struct {
	OIN           gateway.OIN         `json:"oin"`
	URL           string              `json:"url"`
	State         announce.State      `json:"state"`
	Since         string              `json:"since"`
	Subjects      []webhookCursorView `json:"subjects"`
	Pending       int                 `json:"pending"`
	Undeliverable int                 `json:"undeliverable"`
	Failure       announce.Failure    `json:"failure,omitempty"`
}

type webhookCursorView struct {
	Subject   announce.Subject `json:"subject"`
	Announced int64            `json:"announced"`
}

func viewWebhook(a announce.Account) webhookView {
	s := a.Subscription
	v := webhookView{s.Party, s.Address.Reveal(), s.State, moment(s.Since), []webhookCursorView{}, a.Pending, a.Undeliverable, a.Failure}
	for _, c := range s.Cursors {
		v.Subjects = append(v.Subjects, webhookCursorView{c.Subject, c.Announced})
	}
	return v
}

func (v webhookView) print(w io.Writer) {
	fmt.Fprintf(w, "%s\t%s\n", v.OIN, v.URL)
	fmt.Fprintf(w, "state\t%s since %s\n", v.State, v.Since)
	for _, s := range v.Subjects {
		fmt.Fprintf(w, "announces\t%s, up to %d\n", s.Subject, s.Announced)
	}
	fmt.Fprintf(w, "events\t%d pending, %d undeliverable\n", v.Pending, v.Undeliverable)
	if v.Failure != announce.NoFailure {
		fmt.Fprintf(w, "last failure\t%s\n", v.Failure)
	}
}

// showWebhooks shows one party's webhook, or all of them for an empty OIN.
func (b *books) showWebhooks(cmd *cobra.Command, g *globals, desk *announce.Desk, of gateway.OIN) error {
	accounts, err := desk.Accounts(cmd.Context())
	if err != nil {
		return err
	}
	if of != "" {
		accounts = slices.DeleteFunc(accounts, func(a announce.Account) bool { return a.Subscription.Party != of })
		if len(accounts) == 0 {
			return fmt.Errorf("party %s has no webhook; set one with: seinhuis party webhook set", of)
		}
	}
	views := []webhookView{}
	for _, a := range accounts {
		views = append(views, viewWebhook(a))
	}
	return show(cmd, g, views, func(w io.Writer) {
		for _, v := range views {
			v.print(w)
		}
	})
}

func newWebhookShow(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "show [OIN]", Short: "Show a party's webhook, or all", Args: between(0, 1),
		Example: "  seinhuis party webhook show 00000099000000220001",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWebhooks(cmd, g, func(b *books, desk *announce.Desk) error {
				if len(args) == 0 {
					return b.showWebhooks(cmd, g, desk, "")
				}
				p, err := b.known(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return b.showWebhooks(cmd, g, desk, p.OIN)
			})
		},
	}
}

func newWebhookRemove(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "remove OIN", Short: "Remove a party's webhook; it still fetches as before", Args: exactly(1),
		Example: "  seinhuis party webhook remove 00000099000000220001",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWebhooks(cmd, g, func(b *books, desk *announce.Desk) error {
				p, err := b.known(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return desk.Remove(cmd.Context(), p.OIN)
			})
		},
	}
}

func newWebhookReplay(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "replay OIN", Short: "Try at once what was not delivered", Args: exactly(1),
		Long: `Lets everything that was not delivered to a party's webhook be tried at once, from
the first attempt: also what was given up. Use it when the receiver works again.`,
		Example: "  seinhuis party webhook replay 00000099000000220001",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWebhooks(cmd, g, func(b *books, desk *announce.Desk) error {
				p, err := b.known(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if _, err := desk.Replay(cmd.Context(), p.OIN); err != nil {
					return err
				}
				return b.showWebhooks(cmd, g, desk, p.OIN)
			})
		},
	}
}
