<#import "template.ftl" as layout>
<#assign labels = {"again": "stepwardAgain", "continue": "stepwardContinue", "cancel": "stepwardCancel"}>
<@layout.registrationLayout displayMessage=false; section>
    <#if section = "header">
        ${msg("stepwardPendingTitle")}
    <#elseif section = "form">
        <p id="stepward-text" class="instruction">${msg(stepwardText, stepwardReference)}</p>
        <#if stepwardReload??>
            <p><a id="stepward-reload" href="${stepwardReload}" class="${properties.kcButtonClass!} ${properties.kcButtonPrimaryClass!} ${properties.kcButtonBlockClass!} ${properties.kcButtonLargeClass!}">${msg("stepwardReload")}</a></p>
        </#if>
        <#if stepwardButtons?has_content>
            <form id="stepward-form" action="${url.loginAction}" method="post">
                <div class="${properties.kcFormGroupClass!}">
                    <#list stepwardButtons as button>
                        <button type="submit" name="stepward" value="${button}" class="${properties.kcButtonClass!} <#if button == "cancel">${properties.kcButtonSecondaryClass!properties.kcButtonDefaultClass!}<#else>${properties.kcButtonPrimaryClass!}</#if> ${properties.kcButtonBlockClass!} ${properties.kcButtonLargeClass!}">${msg(labels[button])}</button>
                    </#list>
                </div>
            </form>
        </#if>
    </#if>
</@layout.registrationLayout>
