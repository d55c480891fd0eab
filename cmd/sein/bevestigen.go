// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
)

func (a *app) bevestigen() *cobra.Command {
	var progress string
	var told []string
	c := &cobra.Command{
		Use: "bevestigen BERICHTID --stand ontvangen|toegepast", GroupID: "both", Args: exactly("BERICHTID"),
		Short: "bevestig dat een bericht is ontvangen of een pauze is toegepast",
		Long: `Bevestigt één bericht: dat het is ontvangen of, door een meldende partij, dat de pauze in haar eigen
administratie is toegepast. Herhalen mag.

Int iemand anders voor u, zeg dan bij toegepast wie u van de pauze hebt ingelicht: de soort en het
KvK-nummer. Soorten: ` + strings.Join(agentKinds(), ", ") + `.`,
		Example: "  sein bevestigen 01932b1c-0000-7000-8000-0000000000b1 --stand toegepast --ingelicht gerechtsdeurwaarder:90000001",
	}
	c.Flags().StringVar(&progress, "stand", "", "`stand`: ontvangen of toegepast")
	c.Flags().StringSliceVar(&told, "ingelicht", nil, "wie u inlichtte, als `SOORT:KVK`; herhaalbaar")
	var agents []gateway.Agent
	c.PreRunE = func(*cobra.Command, []string) (err error) {
		if progress != string(gateway.NoticeReceived) && progress != string(gateway.NoticeApplied) {
			return errors.New("geef --stand ontvangen of --stand toegepast")
		}
		if len(told) > 0 && progress != string(gateway.NoticeApplied) {
			return errors.New("--ingelicht hoort bij --stand toegepast")
		}
		agents, err = readAgents(told)
		return err
	}
	c.RunE = a.online(func(ctx context.Context, cl door, args []string) error {
		done, err := cl.ConfirmNotice(ctx, gateway.NoticeID(args[0]), gateway.NoticeProgress(progress), agents...)
		if err != nil {
			return err
		}
		return a.show(done, fmt.Sprintf("Bericht %s: %s sinds %s\n", done.ID, done.Progress, done.At.Format(time.RFC3339)))
	})
	return c
}

// readAgents reads SOORT:KVK.
func readAgents(told []string) (agents []gateway.Agent, err error) {
	for _, t := range told {
		kind, number, _ := strings.Cut(t, ":")
		kvk, ok := gateway.ParseKvK(number)
		if !ok || !slices.Contains(agentKinds(), kind) {
			return nil, errors.New("--ingelicht is een soort en een KvK-nummer van acht cijfers: gerechtsdeurwaarder:90000001")
		}
		agents = append(agents, gateway.Agent{Kind: gateway.AgentKind(kind), KvK: kvk})
	}
	return agents, nil
}

func agentKinds() []string {
	var list []string
	for _, k := range gateway.AgentKinds() {
		list = append(list, string(k))
	}
	return list
}
