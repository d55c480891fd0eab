// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// A creditor reports. The message is kept before it is sent, so that after a
// crash the very same one can be sent again and gets the very same receipt.
func ExampleClient_Send() {
	c, err := client.Open("/etc/energie")
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	m, err := client.Prepare(client.Report{
		Kind: gateway.ReportEnergy, SignalDate: "2026-11-20", ArrearsSince: "2026-09-01", AmountInCents: 21250,
		Efforts: client.Efforts{PersonalContact: "2026-10-20", PointedToHelp: "2026-10-20", Reminders: []string{"2026-10-01"}},
		Person:  client.Person{Initials: "T.", Surname: "Testpersoon"},
		Address: client.Address{Postcode: "6511AB", Number: 12},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Keep m.Payload() in your own database here; PrepareJSON makes m of it again.

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	receipt, err := c.Send(ctx, m)
	var refused *client.Problem
	switch {
	case errors.As(err, &refused) && !refused.Temporary():
		for _, f := range refused.Findings { // all of them at once
			fmt.Println(f.Code, f.Pointer, f.Text)
		}
	case err != nil:
		fmt.Println("send the same message again later:", err)
	default:
		fmt.Println("keep this:", receipt.Compact)
	}
}

// A creditor follows its notices and applies the pauses before it says so.
func ExampleClient_Notices() {
	c, err := client.Open("/etc/energie")
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	after := int64(0) // from your own database
	for {
		page, err := c.Notices(ctx, after, 30*time.Second)
		for _, n := range page.Notices { // also with an error: these did verify
			if n.Claims.Kind != gateway.NoticeHelpAccepted {
				continue
			}
			fmt.Println("rest collection of", n.Claims.ReportID, "until", n.Claims.Pause.Until)
			if _, err := c.ConfirmNotice(ctx, n.Claims.ID, gateway.NoticeApplied); err != nil {
				log.Fatal(err)
			}
		}
		if err != nil {
			log.Fatal(err)
		}
		after = page.Next
	}
}

// A municipality collects: store first, then confirm.
func ExampleClient_Fetch() {
	c, err := client.Open("/etc/gemeente")
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	page, err := c.Signals(ctx, 0)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range page.Signals {
		opened, err := c.Fetch(ctx, s)
		if err != nil {
			log.Print(err) // it stays in the mailbox
			continue
		}
		if err := os.WriteFile(filepath.Join("/srv/signalen", string(s.ID)+".json"), opened.JSON, 0o600); err != nil {
			log.Fatal(err)
		}
		if _, err := c.Confirm(ctx, s.ID); err != nil {
			log.Fatal(err)
		}
	}
}

// What is about a person does not print.
func ExampleReport() {
	r := client.Report{ID: "01932b1c-0000-7000-8000-000000000001", Kind: gateway.ReportWater,
		Person: client.Person{Surname: "Testpersoon"}}
	fmt.Println(r)
	fmt.Printf("%+v\n", r.Person)
	// Output:
	// melding 01932b1c-0000-7000-8000-000000000001
	// [afgeschermd]
}
