// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// door is what the API and the SFTP door both do; filled by client.Client and
// client.SFTP.
type door interface {
	Signals(ctx context.Context, after int64) (client.SignalPage, error)
	Fetch(ctx context.Context, s client.Signal) (client.Opened, error)
	Confirm(ctx context.Context, id gateway.SignalID) (client.Confirmation, error)
	Feedback(ctx context.Context, f gateway.Feedback) (client.Receipt, error)

	SendFile(ctx context.Context, f client.File, progress func(sent, total int64)) (client.BatchStatus, error)
	Batch(ctx context.Context, id gateway.BatchID) (client.BatchStatus, error)
	WaitBatch(ctx context.Context, id gateway.BatchID, moved func(client.BatchStatus)) (client.BatchStatus, error)
	Outcomes(ctx context.Context, id gateway.BatchID, fn func(client.Outcome) error) error
	Notices(ctx context.Context, after int64, wait time.Duration) (client.NoticePage, error)
	ConfirmNotice(ctx context.Context, id gateway.NoticeID, to gateway.NoticeProgress, told ...gateway.Agent) (client.NoticeConfirmation, error)

	Close()
}

// noSFTP as address asks for the API, whatever party.json says.
const noSFTP = "geen"

// open goes by SFTP when an address of that door is given, here or in party.json.
func (a *app) open() (door, error) {
	if a.sftp == "" {
		party, err := client.ReadParty(a.dir)
		if err != nil || party.SFTP == "" {
			return client.Open(a.dir) // says all that is wrong with the folder
		}
	}
	if a.sftp == noSFTP {
		return client.Open(a.dir)
	}
	return client.OpenSFTP(a.dir, a.sftp, a.hostKey)
}

// online is action with the door of the party folder.
func (a *app) online(do func(ctx context.Context, d door, args []string) error) func(*cobra.Command, []string) error {
	return a.action(func(ctx context.Context, args []string) error {
		d, err := a.open()
		if err != nil {
			return err
		}
		defer d.Close()
		return do(ctx, d, args)
	})
}

// byAPI is action for what the SFTP door does not do.
func (a *app) byAPI(do func(ctx context.Context, c *client.Client, args []string) error) func(*cobra.Command, []string) error {
	return a.action(func(ctx context.Context, args []string) error {
		if a.sftp != "" && a.sftp != noSFTP {
			return wrongUse("deze opdracht gaat alleen via de API; laat --sftp weg")
		}
		if party, err := client.ReadParty(a.dir); err == nil && party.Gateway == "" {
			return wrongUse("deze opdracht gaat alleen via de API, en in party.json staat geen gateway")
		}
		c, err := client.Open(a.dir)
		if err != nil {
			return err
		}
		defer c.Close()
		return do(ctx, c, args)
	})
}
