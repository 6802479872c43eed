package oracle

// IsRegistered is exported to the tests.
var IsRegistered = isRegistered
