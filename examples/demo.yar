rule letter
{
    strings:
        $greeting = /Dear [A-Z][a-z]+/
        $secret = "treasure"
    condition:
        all of them
}

rule program
{
    strings:
        $magic = { 7f 45 4c 46 }
    condition:
        $magic at 0
}
