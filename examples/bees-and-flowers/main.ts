console.log("The bees are on their way.")
