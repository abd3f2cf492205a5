package gogen

// For tests of what the compiler makes, which cannot stand in this package.
var GoCommand = goCommand

const Built = built
