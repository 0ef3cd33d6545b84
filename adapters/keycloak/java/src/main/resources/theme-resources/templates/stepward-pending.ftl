<#import "template.ftl" as layout>
<#assign labels = {"again": "stepwardAgain", "continue": "stepwardContinue", "cancel": "stepwardCancel"}>
<#assign button = "${properties.kcButtonClass!} ${properties.kcButtonBlockClass!} ${properties.kcButtonLargeClass!}">
<@layout.registrationLayout displayMessage=false; section>
    <#if section = "header">
        ${msg("stepwardPendingTitle")}
    <#elseif section = "form">
        <p id="stepward-text" class="instruction">${msg(stepwardText, stepwardReference)}</p>
        <form id="stepward-form" class="${properties.kcFormClass!} ${properties.kcMarginTopClass!}" action="${url.loginAction}" method="post">
            <div class="${properties.kcFormGroupClass!}">
                <div class="${properties.kcFormActionGroupClass!} pf-v5-u-flex-wrap">
                    <#if stepwardReload??>
                        <a id="stepward-reload" href="${stepwardReload}" class="${button} ${properties.kcButtonPrimaryClass!}">${msg("stepwardReload")}</a>
                    </#if>
                    <#list stepwardButtons as value>
                        <button type="submit" name="stepward" value="${value}" class="${button} <#if value == "cancel">${properties.kcButtonSecondaryClass!properties.kcButtonDefaultClass!}<#else>${properties.kcButtonPrimaryClass!}</#if>">${msg(labels[value])}</button>
                    </#list>
                </div>
            </div>
        </form>
    </#if>
</@layout.registrationLayout>
