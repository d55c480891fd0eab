// SPDX-License-Identifier: EUPL-1.2

package audit

import "github.com/seinhuis/seinhuis/gateway"

// ByInstruction says that an official carried out a controller's instruction.
func ByInstruction(i gateway.Instruction) By {
	return By{Actor: ActorOfficer(string(i.Officer)), Role: Officer, Origin: Local, Trace: i.Trace}
}

// OfInstruction names an instruction as the object of an entry:
// opdracht/<oin of the controller>/<gemeente>/<uuid>. It holds nothing about
// the person that it is about.
func OfInstruction(i gateway.Instruction) string {
	return Object(KindInstruction, string(i.Controller.OIN), string(i.Municipality), string(i.ID))
}
