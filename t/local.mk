# helpers of the tests
