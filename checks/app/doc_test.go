// The tests of package app run the whole program, in this process against servers on
// loopback, or as a process of its own. Their words:
//
//	program    the program with its arguments, variables, clock and terminal: an
//	           action (a step of a workflow) or a shell (anywhere else)
//	run, exec  run a program here, or as a process
//	ran        a finished run: exit code, streams and the runner's files
//	hold       asserts of a ran what is true of every run: nothing leaks, masks lead,
//	           outputs and annotations are well-formed and agree with each other
//	server     the emulated API, which counts what it is sent
//	hub        an emulated GitHub, with the secret's date and the issues
//	reminding  an action that reads the date and keeps the issue
//	fleet      a policy file of many keys, with a server that knows them
//
// Most tests are tables of scenarios:
//
//	scenario   a run in a world of its own; all that is not given is as for a
//	           production key that passes
//	given      inputs and variables, made by pairs("name", "value", …)
//	having, next, always, answering, …  change the API of a scenario: its key, its
//	           next answer, every answer
//	want       what is expected of a run; passes(), mismatches("scope") and so on
//	           return the usual ones
//	with       a scenario: with(mismatches("scope"), "expect-scope", "READ-ONLY")
//
// messages.txt lists what the program says in the scenarios of messages_test.go;
// TestEveryTextIsListed requires that it says nothing else.
package app_test
